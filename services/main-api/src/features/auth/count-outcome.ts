import { toAppError } from '@sup/service-kit/http'
import type { Needs } from '../../deps.js'

/**
 * Counts an action by its outcome in `sup_auth_total`: `ok`, or the code of the refusal.
 *
 * @param action One of a few, never made of input.
 */
export async function countOutcome<T>(
  { metrics }: Needs<'metrics'>,
  action: 'register' | 'login' | 'refresh' | 'verify' | 'reauth',
  work: () => Promise<T>,
): Promise<T> {
  const counter = metrics.counter('sup_auth_total', 'Authentication by its outcome', [
    'action',
    'result',
  ])
  try {
    const result = await work()
    counter.inc({ action, result: 'ok' })
    return result
  } catch (err) {
    counter.inc({ action, result: toAppError(err).type.code.toLowerCase() })
    throw err
  }
}
