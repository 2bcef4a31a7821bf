import type { OpenCaller } from '@sup/service-kit/http'
import { readVapid } from '@sup/service-kit/vapid'
import type { Output, getServer as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { clientLimits } from './limits.js'
import { serverStore } from './server-store.js'

/** What this server is, can do and allows; a feature that is not built yet is not announced. */
export async function getServer(
  { config, db, clock }: Needs<'config' | 'db' | 'clock'>,
  _caller: OpenCaller,
): Promise<Output<typeof contract>> {
  const vapid =
    config.VAPID_PRIVATE_KEY === undefined ? undefined : readVapid(config.VAPID_PRIVATE_KEY)
  return {
    name: 'SUP Messenger',
    version: '1.0.0',
    apiVersion: 1,
    epoch: await serverStore(db).epoch(),
    time: clock.now().toISOString(),
    publicUrl: config.PUBLIC_URL,
    registration: config.REGISTRATION_MODE,
    features: {
      calls: false,
      push: config.FCM_SERVICE_ACCOUNT !== undefined,
      webPush: vapid !== undefined,
      email: config.SMTP_HOST !== undefined,
      sms: false,
      search: true,
      stories: false,
    },
    ...(vapid ? { vapidPublicKey: vapid.publicKey } : {}),
    limits: clientLimits(config),
  }
}
