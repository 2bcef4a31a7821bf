import { createHash, createHmac } from 'node:crypto'
import { join } from 'node:path'
import { baseEnvironment, waitUntilReady } from '../children.js'
import { findProgram } from '../packages.js'
import { makeServerFolder } from '../state.js'
import { getStatus } from '../wire.js'
import { startCeph } from './ceph.js'
import type { ServerNeeds } from './server.js'

export type S3 = {
  endpoint: string
  accessKey: string
  secretKey: string
  bucket: string
  region: string
}

/** Starts an S3 server (MinIO where it is installed, else the Ceph gateway) and makes the bucket. */
export async function startS3(needs: ServerNeeds): Promise<S3> {
  const s3: S3 = {
    endpoint: `http://127.0.0.1:${needs.ports.s3}`,
    accessKey: needs.secrets.s3AccessKey,
    secretKey: needs.secrets.s3SecretKey,
    bucket: 'sup-media',
    region: 'us-east-1',
  }
  const minio = findProgram('minio')
  await (minio === undefined ? startCeph(needs, s3) : startMinio(needs, minio))
  await makeBucket(s3)
  return s3
}

async function startMinio(
  { folder, children, secrets, ports }: ServerNeeds,
  minio: string,
): Promise<void> {
  const home = makeServerFolder(join(folder, 'minio'))
  const env = {
    HOME: home,
    MINIO_ROOT_USER: secrets.s3AccessKey,
    MINIO_ROOT_PASSWORD: secrets.s3SecretKey,
  }
  const child = children.start({
    name: 'minio',
    command: minio,
    args: ['server', '--address', `127.0.0.1:${ports.s3}`, join(home, 'data')],
    env: baseEnvironment(env),
    layer: 'server',
    stopSignal: 'SIGTERM',
  })
  const health = `http://127.0.0.1:${ports.s3}/minio/health/live`
  await waitUntilReady(child, async () => (await getStatus(health)) === 200)
}

/** Makes the bucket; one that is there already is fine. One signed PUT, so no client library. */
async function makeBucket(s3: S3): Promise<void> {
  const url = new URL(`/${s3.bucket}`, s3.endpoint)
  const response = await fetch(url, { method: 'PUT', headers: signPut(url, s3, new Date()) })
  const text = await response.text()
  if (response.ok || text.includes('BucketAlreadyOwnedByYou')) return
  throw new Error(
    `The S3 server refused to make the bucket ${s3.bucket}: ${response.status} ${text}`,
  )
}

const EMPTY_HASH = createHash('sha256').update('').digest('hex')

/** AWS Signature Version 4 of a PUT without body and query. */
function signPut(url: URL, s3: S3, now: Date): Record<string, string> {
  const time = now.toISOString().replace(/[-:]|\.\d{3}/g, '')
  const scope = `${time.slice(0, 8)}/${s3.region}/s3/aws4_request`
  const names = 'host;x-amz-content-sha256;x-amz-date'
  const headers = `host:${url.host}\nx-amz-content-sha256:${EMPTY_HASH}\nx-amz-date:${time}\n`
  const request = ['PUT', url.pathname, '', headers, names, EMPTY_HASH].join('\n')
  const digest = createHash('sha256').update(request).digest('hex')
  const text = ['AWS4-HMAC-SHA256', time, scope, digest].join('\n')
  const key = scope
    .split('/')
    .reduce<Buffer>((previous, part) => hmac(previous, part), Buffer.from(`AWS4${s3.secretKey}`))
  const signature = hmac(key, text).toString('hex')
  return {
    'x-amz-date': time,
    'x-amz-content-sha256': EMPTY_HASH,
    authorization: `AWS4-HMAC-SHA256 Credential=${s3.accessKey}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
