import { runService } from '@sup/service-kit/lifecycle'
import { readMediaConfig } from './config.js'
import { closeDeps, createDeps, startDeps } from './deps.js'
import { startServer } from './server.js'

runService({
  name: 'media-service',
  start: async (life) => {
    const deps = createDeps(readMediaConfig())
    life.afterStop(() => closeDeps(deps))
    startDeps(deps)
    const server = await startServer(deps)
    life.onDrain(() => {
      server.drain()
    })
    deps.log.info('Listening', { port: server.port })
    return () => server.stop()
  },
})
