"""Invite codes and accounts as version 2 of the SelfCommunity API has them."""
