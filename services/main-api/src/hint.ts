import type { Needs } from './deps.js'

/**
 * Publishes a hint after the commit. It never fails: who misses a hint finds the truth in the database.
 *
 * @param channel As `@sup/types` names it: `chatChannel`, `userChannel`, `REVOCATIONS_CHANNEL`.
 */
export async function publishHint(
  { hints, log }: Needs<'hints' | 'log'>,
  channel: string,
  payload: object,
): Promise<void> {
  try {
    await hints.publish(channel, payload)
  } catch (err) {
    log.warn('A hint was not published', { err, kind: channel.split(':')[0] })
  }
}
