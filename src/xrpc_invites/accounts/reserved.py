"""First parts of handles that nobody may have: they would pass for the server or its people."""

_ROLES = """
abuse account accounts admin administrator admins billing board ceo cfo chief-executive compliance
contact contributor coordinator cto customer customer-service customer-support customerservice
customersupport developer developers devops director editor employee employees engineer
engineering feedback finance founder founders head help helpdesk helper host hostmaster info
inquiries intern invoice invoices jobs legal maintainer maintainers management manager marketing
media member members mod moderation moderator moderators mods noc office official operations
operator operators ops owner owners partner partners payment payments payroll people postmaster
press privacy purchasing recruiting recruitment registrar report reports representative root
safety sales secretary security service services shareholder signup staff sudo superuser support
sysadmin sysop system team teams trust trust-and-safety trustandsafety usenet user users
verification verified verifier verify volunteer volunteers webmaster
"""
_MACHINES = """
about access activate activity address alert alerts all alpha android announce announcement
announcements anonymous api apis app appeal appeals apple application apps archive archives
article articles asset assets auth authentication authorize autoconfig autodiscover avatar backup
backups beta blob blobs blog blogs bookmark bookmarks bot bots broadcast bucket bugs cache
calendar callback careers cdn challenge changelog channel channels chat chats check checkout
client clients cloud code codes community confirm confirmation connect console contacts content
cookie cookies copyright create daemon dashboard data database default delete demo desktop dev
devel device devices did directory dns doc docs document documentation documents domain domains
donate download downloads draft drafts edit email emails embed everyone explore faq favorites feed
feeds file files firehose follow followers following forgot forgot-password forum forums ftp
gateway git graphql group groups guest guests guide guidelines guides handle handles health
healthz hello history home homepage host http https icon icons image images imap inbox index
install internal invitation invitations invite inviter invites ios issue issues join key keys
label labeler labels landing language learn legacy library license link links list lists live load
local localhost log login logout logs lost-password mail mailer mailer-daemon mailserver main
maintenance map maps master mention mentions message messages metrics mirror mobile monitor
monitoring name nameserver network networks new news newsletter no-reply nobody node nodes noreply
notification notifications ns1 ns2 null oauth oauth2 offline oidc online openid order orders page
pages password passwords pds ping plc plugin plugins policies policy pop pop3 popular post posts
pricing primary production profile profiles promo proxy public queue random recovery redirect
refund refunds register registration relay release releases remove repo repos repository request
requests reset reset-password resource resources robot robots rss rules sample sandbox search
secure server servers session sessions setting settings setup share shop sign-in sign-out sign-up
signin signout site sitemap sites smtp source spam ssh ssl stage staging start static statistics
stats status storage store stream style styles subdomain subscribe subscription subscriptions svn
sync tag tags terms test tester testing tests theme themes tls token tokens tool tools tos
translate trending trial undefined unknown unsubscribe update updates upgrade upload uploads url
version video videos view void vpn web webhook webhooks webmail website welcome wiki worker
workers wpad www www1 www2 xrpc
"""

RESERVED = frozenset(f"{_ROLES} {_MACHINES}".split())
