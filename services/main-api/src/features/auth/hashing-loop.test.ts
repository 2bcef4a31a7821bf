import { describe, expect, it } from '@jest/globals'
import { createMetrics } from '@sup/service-kit/metrics'
import { createHashingLoop } from './hashing-loop.js'

const metrics = createMetrics({ service: 'test' })
const start = (more: { pepper?: string; rounds?: number } = {}) =>
  createHashingLoop({
    config: { PASSWORD_PEPPER: more.pepper ?? 'pepper', BCRYPT_ROUNDS: more.rounds ?? 4 },
    metrics,
  })

describe('the hashing loop', () => {
  it('tags its hashes and verifies them', async () => {
    const hashing = start()
    const hash = await hashing.hash('correct horse')

    expect(hash).toMatch(/^v1\$2b\$04\$/)
    expect(await hashing.verify('correct horse', hash)).toBe(true)
    expect(await hashing.verify('correct house', hash)).toBe(false)
  })

  it('takes one password for another only when they look the same', async () => {
    const hashing = start()
    const hash = await hashing.hash('caf\u00e9 au lait')

    expect(await hashing.verify('cafe\u0301 au lait', hash)).toBe(true)
  })

  it('reads a password to its end', async () => {
    const hashing = start()
    const long = 'x'.repeat(127)

    expect(await hashing.verify(`${long}b`, await hashing.hash(`${long}a`))).toBe(false)
  })

  it('knows no password without the pepper it was made with', async () => {
    const hash = await start({ pepper: 'one' }).hash('correct horse')

    expect(await start({ pepper: 'two' }).verify('correct horse', hash)).toBe(false)
  })

  it('does the same work when there is no hash', async () => {
    const hashing = start({ rounds: 11 })
    const hash = await hashing.hash('correct horse')
    const time = async (known: string | null): Promise<number> => {
      const before = performance.now()
      expect(await hashing.verify('wrong', known)).toBe(false)
      return performance.now() - before
    }

    const withHash = [await time(hash), await time(hash), await time(hash)].sort((a, b) => a - b)
    const without = [await time(null), await time(null), await time(null)].sort((a, b) => a - b)

    // Cost 11 takes a tenth of a second or more: without the work it would be a thousandth.
    expect(without[1]).toBeGreaterThan((withHash[1] ?? 0) / 3)
  })

  it('refuses more than 22 at once and works on when they are done', async () => {
    const hashing = start({ rounds: 6 })

    const outcomes = await Promise.allSettled(
      Array.from({ length: 25 }, (_, i) => hashing.hash(`password ${i}`)),
    )

    const refused = outcomes.filter((one) => one.status === 'rejected')
    expect(refused).toHaveLength(3)
    expect(refused[0]?.reason).toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      retryAfterMs: expect.any(Number),
    })
    await expect(hashing.hash('one more')).resolves.toMatch(/^v1/)
  })
})
