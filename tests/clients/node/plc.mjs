// A directory of did:plc in memory. Says where it listens, and ends when its input does.
import plc from '@did-plc/server'

const directory = plc.PlcServer.create({ db: plc.Database.mock(), port: 0 })
const server = await directory.start()
process.stdout.write(`http://127.0.0.1:${server.address().port}\n`)
process.stdin.resume().on('end', async () => {
  await directory.destroy()
  process.exit(0)
})
