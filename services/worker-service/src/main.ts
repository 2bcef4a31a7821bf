import { runService } from '@sup/service-kit/lifecycle'
import { readWorkerConfig } from './config.js'
import { closeDeps, createDeps } from './deps.js'
import { startWorkers } from './workers.js'

runService({
  name: 'worker-service',
  // Nobody sends requests here, so there is nobody to wait for before it stops.
  drainMs: 0,
  start: async (life) => {
    const deps = createDeps(readWorkerConfig())
    life.afterStop(() => closeDeps(deps))
    const workers = await startWorkers(deps)
    life.onDrain(() => {
      workers.drain()
    })
    deps.log.info('Listening', { port: workers.port })
    return () => workers.stop()
  },
})
