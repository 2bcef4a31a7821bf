import {
  commonFields,
  fields,
  postgresFields,
  rabbitFields,
  readConfig,
  redisFields,
  s3Fields,
  serviceFields,
  smtpFields,
} from '@sup/service-kit/env'
import { z } from 'zod'
import { readMailbox } from './mailbox.js'

const schema = z
  .object({
    ...commonFields,
    ...postgresFields,
    ...redisFields,
    ...rabbitFields,
    ...s3Fields,
    ...serviceFields,
    ...smtpFields,
    ENCRYPTION_KEY: fields.secret(),
    WORKER_HEALTH_PORT: fields.port(3005),
  })
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
