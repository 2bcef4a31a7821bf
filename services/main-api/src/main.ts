import { runService } from '@sup/service-kit/lifecycle'
import { readMainApiConfig } from './config.js'
import { createDeps, startDeps } from './deps.js'
import { startServer } from './server.js'

runService({
  name: 'main-api',
  start: async (life) => {
    const deps = createDeps(readMainApiConfig())
    if (deps.config.SMTP_HOST === undefined) deps.log.info('Mail is off: SMTP_HOST is not set')
    life.afterStop(await startDeps(deps))
    const server = await startServer(deps)
    life.onDrain(() => {
      server.drain()
    })
    deps.log.info('Listening', { port: server.publicPort, internalPort: server.internalPort })
    return () => server.stop()
  },
})
