import { runService } from '@sup/service-kit/lifecycle'
import { readMainApiConfig } from './config.js'
import { createDeps, startLoops } from './deps.js'
import { startServer } from './server.js'

const DRAIN_MS = 10_000

const config = readMainApiConfig()
const deps = createDeps(config)

runService({
  name: 'main-api',
  log: deps.log,
  drainMs: DRAIN_MS,
  start: async () => {
    const stopLoops = await startLoops(deps)
    const server = await startServer(deps)
    deps.log.info('Listening', { port: server.publicPort, internalPort: server.internalPort })
    return async () => {
      server.drain()
      await server.stop()
      await stopLoops()
    }
  },
})
