import type { Sql } from '@sup/service-kit/postgres'
import type { Config } from './config.js'

/** Where messages are read from, and the address under which clients reach the files in them. */
export type Reading = { sql: Sql; config: Pick<Config, 'PUBLIC_URL'> }
