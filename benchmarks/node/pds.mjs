// The reference PDS, as its environment tells. Says where it listens, and ends when it is told to.
import { PDS } from '@atproto/pds'

const pds = await PDS.fromEnv()
const { app } = pds
const listen = app.listen.bind(app)
app.listen = (port) => listen(port, '127.0.0.1')
const server = await pds.start()
process.on('SIGTERM', () => process.exit(0))
process.stderr.write(`running on http://127.0.0.1:${server.address().port}\n`)
