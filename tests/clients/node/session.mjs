// The session of a newcomer, by the client that the Bluesky app is built on. Prints what happened as JSON.
import { AtpAgent } from '@atproto/api'

const [service, password] = process.argv.slice(2)
const admin = { headers: { authorization: 'Basic ' + btoa(`admin:${password}`) }, encoding: 'application/json' }
const operator = new AtpAgent({ service })

const createCode = async (useCount) =>
  (await operator.com.atproto.server.createInviteCode({ useCount }, admin)).data.code

const signUp = async (name, inviteCode) => {
  const agent = new AtpAgent({ service })
  await agent.createAccount({ handle: `${name}.test`, email: `${name}@mail.test`, password: 'pw', inviteCode })
  return agent
}

const refusal = (promise) => promise.then(() => null, (error) => ({ status: error.status, error: error.error }))

const code = await createCode(1)
const ada = await signUp('ada', code)
const spent = await refusal(signUp('bea', code))

const signedIn = new AtpAgent({ service })
await signedIn.login({ identifier: 'ada.test', password: 'pw' })
const own = await signedIn.com.atproto.server.getAccountInviteCodes()
await signedIn.com.atproto.server.refreshSession(undefined, {
  headers: { authorization: `Bearer ${signedIn.session.refreshJwt}` },
})

const listed = await operator.com.atproto.admin.getInviteCodes({ limit: 10 }, { headers: admin.headers })
const another = await createCode(1)
await operator.com.atproto.admin.disableInviteCodes({ codes: [another] }, admin)
const disabled = await refusal(signUp('cid', another))

const hot = await createCode(3)
const rivals = await Promise.all(Array.from({ length: 20 }, (_, n) => refusal(signUp(`rival${n}`, hot))))

console.log(
  JSON.stringify({
    did: ada.session.did,
    sameDid: signedIn.session.did,
    own: own.data.codes,
    uses: listed.data.codes[0].uses.map((use) => use.usedBy),
    spent,
    disabled,
    won: rivals.filter((rival) => rival === null).length,
    lost: rivals.filter((rival) => rival !== null).map((rival) => rival.error),
  }),
)
