import {
  commonFields,
  fields,
  postgresFields,
  pushFields,
  rabbitFields,
  readConfig,
  redisFields,
  s3Fields,
  serviceFields,
  smtpFields,
} from '@sup/service-kit/env'
import { readVapid } from '@sup/service-kit/vapid'
import { z } from 'zod'
import { readMailbox } from './mailbox.js'
import { readServiceAccount } from './service-account.js'

const schema = z
  .object({
    ...commonFields,
    ...postgresFields,
    ...redisFields,
    ...rabbitFields,
    ...s3Fields,
    ...serviceFields,
    ...pushFields,
    ...smtpFields,
    ENCRYPTION_KEY: fields.secret(),
    WORKER_HEALTH_PORT: fields.port(3005),
    MEDIA_SERVICE_URL: fields.url('http://media-service:3003'),
    FFMPEG_PATH: fields.optional(),
  })
  .refine(({ VAPID_PRIVATE_KEY: key }) => key === undefined || readVapid(key) !== undefined, {
    path: ['VAPID_PRIVATE_KEY'],
    message: 'is no private key of P-256 in base64url',
  })
  .refine(
    ({ FCM_SERVICE_ACCOUNT: json }) => json === undefined || readServiceAccount(json) !== undefined,
    { path: ['FCM_SERVICE_ACCOUNT'], message: 'is not the JSON of a service account' },
  )
  .refine(({ MAIL_FROM }) => readMailbox(MAIL_FROM) !== undefined, {
    path: ['MAIL_FROM'],
    message: 'is no mail address: SUP <no-reply@example.org>',
  })

/** What worker-service knows about its surroundings; secrets included, so never logged. */
export type Config = Readonly<z.output<typeof schema>>

/**
 * Reads the environment; the only place of this service that does.
 *
 * @param env `process.env` if absent.
 * @throws ConfigError that lists every problem at once.
 */
export const readWorkerConfig = (env?: NodeJS.ProcessEnv): Config =>
  readConfig(
    schema,
    env === undefined ? { service: 'worker-service' } : { service: 'worker-service', env },
  )
