import type { IdempotencyStore } from '@sup/service-kit/http'
import type { Needs } from '../../deps.js'
import { idempotencyStore } from './idempotency-store.js'

/** Binds `Idempotency-Key`, whose protocol `serve` knows, to Postgres (wire-contract 2.6). */
export function keepAnswers({ db, clock }: Needs<'db' | 'clock'>): IdempotencyStore {
  const store = idempotencyStore(db)
  return {
    async begin(key, requestHash) {
      if (await store.claim(key, requestHash, clock.now())) return { state: 'started' }
      const claim = await store.read(key)
      // The first request failed and released its claim between the two statements.
      if (!claim) return { state: 'running', requestHash }
      const { status, response } = claim
      if (status === null || response === null) {
        return { state: 'running', requestHash: claim.requestHash }
      }
      return { state: 'done', requestHash: claim.requestHash, answer: { status, body: response } }
    },
    finish: async (key, answer) => {
      await store.finish(key, answer)
    },
    release: async (key) => {
      await store.release(key)
    },
  }
}
