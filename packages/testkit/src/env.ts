/** Where the servers of a test run are; set by `npm test`, or by hand from `npm start -- --only infra`. */
export type TestEnvironment = {
  /** Superuser on the maintenance database; suites make databases of their own beside it. */
  databaseUrl: string
  redisUrl: string
  rabbitmqUrl: string
  s3: { endpoint: string; accessKey: string; secretKey: string }
  /** Path of the nginx program; absent where it is not installed. */
  nginx: string | undefined
}

/**
 * Reads the SUP_TEST_* variables.
 *
 * @param env `process.env` if absent.
 * @throws Error that lists what is missing and how to get it: a suite without its servers must fail, not skip.
 */
export function testEnvironment(env: NodeJS.ProcessEnv = process.env): TestEnvironment {
  const missing: string[] = []
  const read = (name: string): string => {
    const value = env[name] ?? ''
    if (value === '') missing.push(name)
    return value
  }
  const found: TestEnvironment = {
    databaseUrl: read('SUP_TEST_DATABASE_URL'),
    redisUrl: read('SUP_TEST_REDIS_URL'),
    rabbitmqUrl: read('SUP_TEST_RABBITMQ_URL'),
    s3: {
      endpoint: read('SUP_TEST_S3_ENDPOINT'),
      accessKey: read('SUP_TEST_S3_ACCESS_KEY'),
      secretKey: read('SUP_TEST_S3_SECRET_KEY'),
    },
    nginx: env['SUP_TEST_NGINX'] === '' ? undefined : env['SUP_TEST_NGINX'],
  }
  if (missing.length === 0) return found
  throw new Error(
    `These tests need real servers, but ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not set.\n` +
      'Run them by `npm test -- --suite <name>`, or start the servers by `npm start -- --only infra`\n' +
      'and export the variables that it prints.',
  )
}

/** The variables every child process may inherit; configuration reaches it only on purpose. */
export function inheritedVariables(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ']
  return Object.fromEntries(
    names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  )
}
