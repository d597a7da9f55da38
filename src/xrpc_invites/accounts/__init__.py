"""The rules of accounts: handles, e-mails, passwords, sign-up, sessions, moderation."""
