import { createBlobs } from '@sup/service-kit/s3'
import type { Stack } from '../../scripts/stack/stack.js'
import { until } from '../support/wait.js'

const EMPTY_MS = 60_000
const MOST = 1000

/** After everything is deleted the bucket must be empty; names what is left. */
export async function checkStorage({ env }: Stack, say: (line: string) => void): Promise<string[]> {
  const given = (name: string): string => env[name] ?? ''
  const blobs = createBlobs({
    S3_ENDPOINT: given('S3_ENDPOINT'),
    S3_REGION: given('S3_REGION') || 'us-east-1',
    S3_ACCESS_KEY: given('S3_ACCESS_KEY'),
    S3_SECRET_KEY: given('S3_SECRET_KEY'),
    S3_BUCKET: given('S3_BUCKET') || 'sup-media',
  })
  const keys = async (): Promise<string[]> =>
    (await blobs.list({ prefix: '', limit: MOST })).map(({ key }) => key)
  try {
    await until('the bucket is empty', async () => (await keys()).length === 0, EMPTY_MS).catch(
      () => undefined,
    )
    const left = await keys()
    say(`\n  after deleting everything: ${left.length} objects in the bucket`)
    return left.map((key) => `left in the bucket: ${key}`)
  } finally {
    blobs.close()
  }
}
