import {
  commonFields,
  fields,
  postgresFields,
  rabbitFields,
  readConfig,
  redisFields,
  s3Fields,
  serviceFields,
} from '@sup/service-kit/env'
import { z } from 'zod'

const schema = z.object({
  ...commonFields,
  ...postgresFields,
  ...redisFields,
  ...rabbitFields,
  ...s3Fields,
  ...serviceFields,
  WORKER_HEALTH_PORT: fields.port(3005),
  MEDIA_SERVICE_URL: fields.url('http://media-service:3003'),
  FFMPEG_PATH: fields.optional(),
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
