import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { createBlobs } from '@sup/service-kit/s3'
import { type RunningService, type TestSystem, startService, startSystem } from '@sup/testkit'
import type { MediaFile } from '@sup/types'
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { signUp } from '../../../test/start.js'
import { readMediaConfig } from '../../config.js'

const MIB = 1024 * 1024
const FILE_BYTES = 200 * MIB
const MOST_RSS_MIB = 256
jest.setTimeout(180_000)

/** The service as a process of its own, so that its memory is its own. */
describe('a file of 200 MiB', () => {
  let system: TestSystem
  let service: RunningService
  beforeAll(async () => {
    system = await startSystem({ websocketNodes: 0, env: { S3_BUCKET: 'media-memory' } })
    const env = {
      ...system.env,
      MAIN_API_INTERNAL_URL: system.mainApis[0].internalUrl,
      MEDIA_MAX_BYTES: String(FILE_BYTES),
    }
    const blobs = createBlobs(readMediaConfig(env))
    await blobs.ensureBucket()
    blobs.close()
    service = await startService('media-service', env)
  })
  afterAll(async () => {
    await service.stop()
    await system.stop()
  })

  /** The highest resident memory since the process began, in MiB. */
  const peakMib = (): number => {
    const status = readFileSync(`/proc/${service.pid()}/status`, 'utf8')
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
  }

  it(`passes in both directions in less than ${MOST_RSS_MIB} MiB`, async () => {
    const { accessToken } = await signUp(system, 'alice')
    const authorization = `Bearer ${accessToken}`
    const block = randomBytes(MIB)
    const hash = createHash('sha256')
    for (let i = 0; i < 200; i++) hash.update(block)
    const before = peakMib()

    const upload = await fetch(`${service.url}/api/v1/media/upload`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'multipart/form-data; boundary=bb' },
      body: Readable.toWeb(Readable.from(formOf(block))),
      duplex: 'half',
    })
    const { data } = (await upload.json()) as { data: MediaFile }
    expect([upload.status, data.sizeBytes]).toEqual([201, FILE_BYTES])
    expect(data.sha256).toBe(hash.digest('hex'))

    const download = await fetch(`${service.url}/api/v1/media/download/${data.id}`, {
      headers: { authorization },
    })
    let length = 0
    for await (const chunk of download.body ?? []) length += (chunk as Uint8Array).length
    expect(length).toBe(FILE_BYTES)
    const peak = peakMib()
    process.stdout.write(
      `media-service: ${before.toFixed(0)} MiB before, ${peak.toFixed(0)} MiB at most\n`,
    )
    expect(peak).toBeLessThan(MOST_RSS_MIB)
    await fetch(`${service.url}/api/v1/media/${data.id}`, {
      method: 'DELETE',
      headers: { authorization },
    })
  })
})

function* formOf(block: Buffer): Generator<Buffer> {
  yield Buffer.from(
    '--bb\r\nContent-Disposition: form-data; name="type"\r\n\r\nfile\r\n' +
      '--bb\r\nContent-Disposition: form-data; name="encrypted"\r\n\r\ntrue\r\n' +
      '--bb\r\nContent-Disposition: form-data; name="file"; filename="big"\r\n\r\n',
  )
  for (let i = 0; i < 200; i++) yield block
  yield Buffer.from('\r\n--bb--\r\n')
}
