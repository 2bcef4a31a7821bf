import { AppError, type Caller, isPublicUrl } from '@sup/service-kit/http'
import { isUniqueViolation } from '@sup/service-kit/postgres'
import { createSealer } from '@sup/service-kit/seal'
import {
  type Input,
  type Output,
  PUSH_SEAL,
  type deletePushToken as deleteContract,
  conflict,
  invalidInput,
  type putPushToken as contract,
  unauthorized,
} from '@sup/types'
import { createHash } from 'node:crypto'
import type { Needs } from '../../deps.js'
import { newId } from '../../ids.js'
import { type NewToken, pushTokenStore } from './push-token-store.js'

type Body = Input<typeof contract>['body']

/**
 * Stores where the pushes of the caller's device go, sealed. The device has one token; the same token on another
 * device, of whatever account, is taken over. It ends with the session.
 *
 * @throws AppError `INVALID_INPUT` for a push service that is not on the public internet; `CONFLICT` when two
 *   devices register one token at the same moment.
 */
export async function putPushToken(
  { db, clock, config }: Needs<'db' | 'clock' | 'config'>,
  { deviceId, sessionId }: Caller,
  { body }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const { provider, platform, address, secret } = readBody(body)
  const allowLoopback = config.NODE_ENV !== 'production'
  if (provider === 'webpush' && !isPublicUrl(address, { allowLoopback })) {
    const message = 'is no address on the public internet'
    throw new AppError(invalidInput, [{ path: 'subscription.endpoint', message }])
  }
  const token: NewToken = {
    id: newId({ clock }),
    deviceId,
    sessionId,
    provider,
    platform,
    token: createSealer(config.ENCRYPTION_KEY, PUSH_SEAL).seal(secret),
    tokenHash: createHash('sha256').update(address).digest(),
    at: clock.now().toISOString(),
  }
  const id = await db
    .tx('put-push-token', (tx) => pushTokenStore(tx).put(token))
    .catch((err: unknown) => {
      throw isUniqueViolation(err) ? new AppError(conflict) : err
    })
  if (id === null) throw new AppError(unauthorized)
  return { id, provider, platform }
}

/** `address` tells one token from another, `secret` is all that is needed to push. */
function readBody({ provider, platform, token = '', subscription }: Body): {
  provider: Body['provider']
  platform: NewToken['platform']
  address: string
  secret: string
} {
  if (subscription && provider === 'webpush') {
    const secret = JSON.stringify(subscription)
    return { provider, platform: 'web', address: subscription.endpoint, secret }
  }
  return { provider, platform: platform ?? 'android', address: token, secret: token }
}

/** Ends the pushes to the caller's device. */
export async function deletePushToken(
  { db }: Needs<'db'>,
  { deviceId }: Caller,
): Promise<Output<typeof deleteContract>> {
  await pushTokenStore(db).delete(deviceId)
  return {}
}
