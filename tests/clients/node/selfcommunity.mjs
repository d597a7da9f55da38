// An invitation looked at and taken up by the client of the SelfCommunity API v2. Prints what happened as JSON.
import { createRequire } from 'node:module'

// The package's ES modules are made for bundlers, and Node cannot load them.
const { http, AccountService, InviteService } = createRequire(import.meta.url)('@selfcommunity/api-services')

const [service, credentials, code] = process.argv.slice(2)
// The client reports each refusal there, which is where the outcome is printed.
console.warn = () => {}
http.setBasePortal(service)

const outcome = (promise) =>
  promise.catch((error) => ({ status: error.response.status, ...error.response.data }))

const newcomer = { username: 'Ada', email: 'ada@mail.test', password: 'Analytical-1843', invite_code: code }

const strangers = await outcome(InviteService.getSpecificInvite(code))
const uninvited = await outcome(AccountService.create(newcomer))

http.setAuthorizeToken(credentials)
const weak = await outcome(AccountService.create({ ...newcomer, username: 'a_a', password: 'analytical' }))
const before = await outcome(InviteService.getSpecificInvite(code))
const user = await outcome(AccountService.create(newcomer))
const again = await outcome(AccountService.create({ ...newcomer, username: 'bea', email: 'bea@mail.test' }))
const after = await outcome(
  InviteService.getSpecificInvite(code, { headers: { Authorization: `Token ${credentials}` } }),
)

http.setAuthorizeToken()
const gone = await outcome(InviteService.getSpecificInvite(code))
const unknown = await outcome(InviteService.getSpecificInvite('localhost-nothi-nghere'))

console.log(JSON.stringify({ strangers, uninvited, weak, before, user, again, after, gone, unknown }))
