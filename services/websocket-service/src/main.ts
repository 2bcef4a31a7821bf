import { runService } from '@sup/service-kit/lifecycle'
import { readWebsocketConfig } from './config.js'
import { createDeps, startDeps } from './deps.js'
import { startSockets } from './sockets.js'

runService({
  name: 'websocket-service',
  start: async (life) => {
    const deps = createDeps(readWebsocketConfig())
    life.afterStop(startDeps(deps))
    const sockets = await startSockets(deps)
    life.onDrain(() => {
      sockets.drain()
    })
    deps.log.info('Listening', { port: sockets.port })
    return () => sockets.stop()
  },
})
