import type { Database } from '@sup/service-kit/postgres'
import { uniqueName } from '@sup/testkit'
import { randomUUID } from 'node:crypto'

const INSERT = `
  WITH person AS (
    INSERT INTO users (id, username, display_name, created_at)
    VALUES ($<userId>, $<username>, 'Nobody', now())
  ), device AS (
    INSERT INTO user_devices (id, user_id, device_number, name, platform, created_at, last_seen)
    VALUES ($<deviceId>, $<userId>, 1, 'phone', 'cli', now(), now())
  )
  INSERT INTO sessions (id, user_id, device_id, created_at, last_used_at, expires_at, revoked_at)
  VALUES ($<sessionId>, $<userId>, $<deviceId>, now() - interval '2 hours', now() - interval '2 hours',
          now() + interval '1 day', now() - interval '1 hour')`

/** An account with a session that ended an hour ago: main-api prunes it when told to. */
export async function addEndedSession(
  db: Database,
): Promise<{ userId: string; isPruned: () => Promise<boolean> }> {
  const [userId, deviceId, sessionId] = [randomUUID(), randomUUID(), randomUUID()]
  await db.none(INSERT, { userId, deviceId, sessionId, username: uniqueName('nobody') })
  return {
    userId,
    isPruned: async () =>
      (await db.oneOrNone('SELECT 1 FROM sessions WHERE id = $1', [sessionId])) === null,
  }
}
