import {
  commonFields,
  fields,
  postgresFields,
  readConfig,
  redisFields,
  s3Fields,
} from '@sup/service-kit/env'
import { z } from 'zod'

const schema = z.object({
  ...commonFields,
  ...postgresFields,
  ...redisFields,
  ...s3Fields,
  MEDIA_PORT: fields.port(3003),
})

/** What media-service knows about its surroundings; secrets included, so never logged. */
export type Config = Readonly<z.output<typeof schema>>

/**
 * Reads the environment; the only place of this service that does.
 *
 * @param env `process.env` if absent.
 * @throws ConfigError that lists every problem at once.
 */
export const readMediaConfig = (env?: NodeJS.ProcessEnv): Config =>
  readConfig(
    schema,
    env === undefined ? { service: 'media-service' } : { service: 'media-service', env },
  )
