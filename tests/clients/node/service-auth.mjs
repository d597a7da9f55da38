// DIDs of a real directory, speaking for themselves by tokens of the reference's own making. Prints what happened as JSON.
import { P256Keypair, Secp256k1Keypair } from '@atproto/crypto'
import { createServiceJwt } from '@atproto/xrpc-server'
import plc from '@did-plc/lib'

const [service, serviceDid, directoryUrl, ...codes] = process.argv.slice(2)
const lxm = 'com.atproto.server.createAccount'
const directory = new plc.Client(directoryUrl)
const rotation = await Secp256k1Keypair.create()

const newDid = (key, handle) =>
  directory.createDid({
    signingKey: key.did(),
    handle,
    pds: 'https://pds.test',
    rotationKeys: [rotation.did()],
    signer: rotation,
  })

const token = (iss, keypair, changed = {}) => createServiceJwt({ iss, aud: serviceDid, lxm, keypair, ...changed })

const signUp = async (did, jwt, fields) => {
  const answer = await fetch(`${service}/xrpc/${lxm}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${jwt}` },
    body: JSON.stringify({ did, ...fields }),
  })
  const body = await answer.json()
  return answer.ok ? body.did : `${answer.status} ${body.error}`
}

const happened = {}
for (const [name, kind] of [['ada', Secp256k1Keypair], ['bea', P256Keypair]]) {
  const key = await kind.create()
  const did = await newDid(key, `${name}.test`)
  const asked = { handle: `${name}.test`, email: `${name}@mail.test`, inviteCode: codes.shift() }
  const jwt = await token(did, key)
  const unknown = { ...asked, inviteCode: 'no-such-code' }
  happened[name] = {
    forOthers: await signUp(did, await token(did, key, { aud: 'did:web:other.test' }), asked),
    forAnotherMethod: await signUp(did, await token(did, key, { lxm: 'com.atproto.server.createSession' }), asked),
    byAnother: await signUp(did, await token(did, await kind.create()), asked),
    joined: (await signUp(did, jwt, asked)) === did,
    again: (await signUp(did, jwt, asked)) === did,
    replayed: await signUp(did, jwt, { ...asked, email: 'other@mail.test' }),
  }
  const changed = await kind.create()
  await directory.updateAtprotoKey(did, rotation, changed.did())
  happened[name].byTheNewKey = await signUp(did, await token(did, changed), unknown)
  happened[name].byTheOldKey = await signUp(did, await token(did, key), unknown)
}

const gone = await Secp256k1Keypair.create()
const tombstoned = await newDid(gone, 'gone.test')
await directory.tombstone(tombstoned, rotation)
happened.tombstoned = await signUp(tombstoned, await token(tombstoned, gone), { handle: 'gone.test' })
happened.unknown = await signUp('did:plc:aaaaaaaaaaaaaaaaaaaaaaaa', await token('did:plc:aaaaaaaaaaaaaaaaaaaaaaaa', gone), { handle: 'gone.test' })
process.stdout.write(JSON.stringify(happened))
