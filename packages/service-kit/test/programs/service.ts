import { z } from 'zod'
import { fields, readConfig } from '../../src/env/index.js'
import { runService } from '../../src/lifecycle/index.js'

/** A service that does what its first argument says, for the tests of the lifecycle. */
const say = (text: string): void => void process.stdout.write(`${text}\n`)
const [behaviour = ''] = process.argv.slice(2)
const never = (): Promise<never> => new Promise(() => undefined)

runService({
  name: 'program',
  drainMs: 100,
  start: async (life) => {
    if (behaviour === 'config')
      readConfig(z.object({ NEEDED: fields.secret() }), { service: 'program' })
    if (behaviour === 'fails') throw new Error('cannot start')
    life.onDrain(() => {
      say('drain')
    })
    life.afterStop(() => {
      say('close first')
    })
    life.afterStop(async () => {
      await Promise.resolve()
      say('close second')
    })
    setInterval(() => undefined, 1000)
    if (behaviour === 'rejects') setTimeout(() => void Promise.reject(new Error('lost')), 50)
    if (behaviour === 'throws') {
      setTimeout(() => {
        throw new Error('lost')
      }, 50)
    }
    if (behaviour === 'slow-start') {
      say('ready')
      await never()
    }
    setImmediate(() => {
      say('ready')
    })
    return () => {
      say('stop')
      return behaviour === 'hangs' ? never() : undefined
    }
  },
})
