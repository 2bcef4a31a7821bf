import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { RunningService } from '@sup/testkit'
import { type Upload, type UploadedFile, upload } from '../../../test/files.js'
import {
  PLAYLISTS,
  SVG,
  gif,
  gifPage,
  mp3Song,
  phoneFilm,
  picture,
  pngBomb,
  webmVoice,
} from '../../../test/media-files.js'
import { watchMemory } from '../../../test/memory.js'
import { type TestGround, SLOWEST_MS, openGround } from '../../../test/start.js'
import type { Deps } from '../../deps.js'
import type { RejectReason } from './refusal.js'

jest.setTimeout(2 * SLOWEST_MS)

const LIMIT_MB = 512

type Case = [what: string, reason: RejectReason, upload: Upload, change?: { sha256: string }]

const image = (mimeType: string, bytes: Uint8Array): Upload => ({ type: 'image', mimeType, bytes })
const video = (bytes: Uint8Array | string): Upload => ({
  type: 'video',
  mimeType: 'video/mp4',
  bytes: Buffer.from(bytes),
})
const cut = (bytes: Buffer, part: number): Buffer =>
  bytes.subarray(0, Math.floor(bytes.length * part))

async function corpus(): Promise<Case[]> {
  const jpeg = await picture(800, 600).jpeg().toBuffer()
  const film = await phoneFilm(6)
  return [
    ['a pixel bomb', 'too_many_pixels', image('image/png', pngBomb())],
    ['a canvas bomb', 'too_many_pixels', image('image/gif', gif(65_535, 65_535, 1))],
    ['a frame bomb', 'too_many_frames', image('image/gif', gif(5000, 5000, 900))],
    ['a picture that is a page', 'wrong_type', image('image/gif', gifPage())],
    ['an SVG that says it is a PNG', 'wrong_type', image('image/png', SVG)],
    ['a page', 'wrong_type', image('image/jpeg', Buffer.from('<!doctype html><p>'))],
    ['another format', 'wrong_type', image('image/png', jpeg)],
    ['a picture as a film', 'wrong_type', video(jpeg)],
    ['a film as a picture', 'wrong_type', image('image/jpeg', film)],
    ['a song as a film', 'wrong_type', video(await mp3Song())],
    ['a voice as a film', 'wrong_type', { ...video(await webmVoice()), mimeType: 'video/webm' }],
    ['HEIC', 'unsupported', image('image/heic', Buffer.from('\0\0\0\x14ftypheic\0\0\0\0heic'))],
    ['a cut JPEG', 'damaged', image('image/jpeg', cut(jpeg, 0.6))],
    ['a cut film', 'damaged', video(cut(film, 0.6))],
    ['the head of a film', 'damaged', video('\0\0\0\x18ftypisom\0\0\0\0isommp42')],
    ['an empty file', 'empty', image('image/png', Buffer.alloc(0))],
    ['exchanged bytes', 'changed', image('image/jpeg', jpeg), { sha256: 'ab'.repeat(32) }],
    ...Object.entries(PLAYLISTS).map(([kind, text]): Case => [
      `${kind} as a film`,
      'wrong_type',
      video(text),
    ]),
  ]
}

/** The service as a process, as it runs in production, with everything that was ever thrown at such services. */
describe('hostile files', () => {
  let ground: TestGround
  let worker: RunningService
  let deps: Deps
  beforeAll(async () => {
    ground = await openGround()
    deps = ground.deps()
    const mainApi = await ground.startMainApi()
    worker = await ground.startWorker({ MAIN_API_INTERNAL_URL: mainApi.internalUrl })
  })
  afterAll(() => ground.stop())

  it('are all rejected with their reason, by a worker that stays small', async () => {
    const cases = await corpus()
    const memory = watchMemory(() => worker.pid())
    const files: [string, UploadedFile][] = []
    for (const [what, , bytes, change] of cases) {
      files.push([what, await upload(deps, bytes, change)])
    }
    const seen: [string, string, string | null][] = []
    for (const [what, file] of files) {
      const { state, reject_reason: reason } = await file.settled(2 * SLOWEST_MS)
      seen.push([what, state, reason])
    }
    const { process, tree } = await memory.stop()
    expect(seen).toEqual(cases.map(([what, reason]) => [what, 'rejected', reason]))
    expect(process).toBeLessThan(LIMIT_MB)
    expect(tree).toBeLessThan(LIMIT_MB)
    expect(worker.isRunning()).toBe(true)
  })

  it('without bytes are rejected and fail for good', async () => {
    const bytes = Buffer.from('gone')
    const file = await upload(deps, image('image/png', bytes), { withoutBytes: true })
    expect(await file.settled()).toMatchObject({ state: 'rejected', reject_reason: 'lost' })
  })
})
