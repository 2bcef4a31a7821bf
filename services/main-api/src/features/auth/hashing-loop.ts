import { unavailable } from '@sup/service-kit/http'
import type { Metrics } from '@sup/service-kit/metrics'
import bcrypt from 'bcrypt'
import { createHmac } from 'node:crypto'
import type { Config } from '../../config.js'

const RUNNING = 2
const WAITING = 20
const RETRY_AFTER_MS = 2000

/** Says how the text before bcrypt was made, so that another way can be introduced later. */
const VERSION = 'v1'

/** Hashes passwords, a few at a time and away from the event loop. */
export type HashingLoop = {
  /** @throws AppError `SERVICE_UNAVAILABLE` when too many are waiting. */
  hash(password: string): Promise<string>
  /**
   * Says whether a password is the one that was hashed. Without a hash the answer is no, after the same
   * work, so that time does not tell whether an account exists.
   *
   * @throws AppError `SERVICE_UNAVAILABLE` when too many are waiting.
   */
  verify(password: string, hash: string | null): Promise<boolean>
}

/**
 * bcrypt over base64(HMAC-SHA-384(pepper, password)): 64 characters, so nothing of a long password is cut
 * off at bcrypt's 72 bytes, and a stolen database is worth nothing without the pepper.
 *
 * At most two run at once, because they share libuv's four threads with DNS and files; at most 20 wait.
 */
export function createHashingLoop(options: {
  config: Pick<Config, 'PASSWORD_PEPPER' | 'BCRYPT_ROUNDS'>
  metrics: Metrics
}): HashingLoop {
  const { PASSWORD_PEPPER: pepper, BCRYPT_ROUNDS: rounds } = options.config
  const inTurn = createQueue()
  options.metrics.gauge('sup_hashing_waiting', 'Passwords that wait to be hashed', [], (gauge) => {
    gauge.set(inTurn.waiting())
  })
  const prepare = (password: string): string =>
    createHmac('sha384', pepper).update(password.normalize('NFC')).digest('base64')
  // No password has this hash, and comparing with it costs as much as with any other.
  const nobodys = `$2b$${String(rounds).padStart(2, '0')}$${'.'.repeat(53)}`

  return {
    hash: (password) =>
      inTurn.run(async () => `${VERSION}${await bcrypt.hash(prepare(password), rounds)}`),
    verify: (password, hash) =>
      inTurn.run(async () => {
        const known = hash?.startsWith(`${VERSION}$`) ? hash.slice(VERSION.length) : undefined
        const isSame = await bcrypt.compare(prepare(password), known ?? nobodys)
        return known !== undefined && isSame
      }),
  }
}

type Queue = { run<T>(work: () => Promise<T>): Promise<T>; waiting(): number }

function createQueue(): Queue {
  const line: (() => void)[] = []
  let running = 0
  const leave = (): void => {
    const next = line.shift()
    if (next) next()
    else running -= 1
  }
  return {
    waiting: () => line.length,
    async run(work) {
      if (running < RUNNING) running += 1
      else {
        if (line.length >= WAITING) {
          throw unavailable(new Error('too many passwords wait to be hashed'), RETRY_AFTER_MS)
        }
        await new Promise<void>((resolve) => line.push(resolve))
      }
      try {
        return await work()
      } finally {
        leave()
      }
    },
  }
}
