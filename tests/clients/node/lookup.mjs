// Invitations looked up by the client of the SelfCommunity API v2, as an operator. Prints them as JSON.
import { createRequire } from 'node:module'

const { http, InviteService } = createRequire(import.meta.url)('@selfcommunity/api-services')

const [service, credentials, ...codes] = process.argv.slice(2)
http.setBasePortal(service)

const headers = { Authorization: `Token ${credentials}` }
const found = await Promise.all(codes.map((code) => InviteService.getSpecificInvite(code, { headers })))

console.log(JSON.stringify(found))
