import type { Infra } from './infra.js'
import { findProgram } from './packages.js'

/** The variables by which test suites find the servers (they make databases of their own). */
export function testVariables(infra: Infra): Record<string, string> {
  return {
    SUP_TEST_DATABASE_URL: infra.postgresUrl,
    SUP_TEST_REDIS_URL: infra.redis.url,
    SUP_TEST_RABBITMQ_URL: infra.rabbitmqUrl,
    SUP_TEST_S3_ENDPOINT: infra.s3.endpoint,
    SUP_TEST_S3_ACCESS_KEY: infra.s3.accessKey,
    SUP_TEST_S3_SECRET_KEY: infra.s3.secretKey,
    SUP_TEST_NGINX: findProgram('nginx') ?? '',
  }
}

/** Variables as lines that a shell can read. */
export function printExports(variables: Record<string, string>): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`)
    .join('')
}
