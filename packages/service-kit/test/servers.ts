/** Where the real servers of a test run are. */
export type Server =
  'DATABASE_URL' | 'REDIS_URL' | 'RABBITMQ_URL' | 'S3_ENDPOINT' | 'S3_ACCESS_KEY' | 'S3_SECRET_KEY'

/**
 * The value of `SUP_TEST_<name>`.
 *
 * @throws Error when it is not set: a suite without its servers must fail, not skip.
 */
export function testServer(name: Server): string {
  const value = process.env[`SUP_TEST_${name}`] ?? ''
  if (value !== '') return value
  throw new Error(
    `These tests need real servers, but SUP_TEST_${name} is not set. Run them by \`npm test\`, or start ` +
      'the servers by `npm start -- --only infra` and export the variables that it prints.',
  )
}
