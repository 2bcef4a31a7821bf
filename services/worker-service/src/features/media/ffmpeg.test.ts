import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PLAYLISTS, mp3Song, phoneFilm, webmFilm, webmVoice } from '../../../test/media-files.js'
import { SLOWEST_MS } from '../../../test/start.js'
import { type Ffmpeg, type Source, checkProbe, createFfmpeg } from './ffmpeg.js'
import { findPrograms } from './programs.js'
import { type Sandbox, openSandbox, runShutIn } from './sandbox.js'
import { readWaveform } from './waveform.js'

jest.setTimeout(SLOWEST_MS)

const LIMITS = { cpuSeconds: 5, addressBytes: 2 ** 30, fileBytes: 2 ** 20 }
const sounds = { isVoice: false, onProgress: () => undefined }

describe('ffmpeg, shut in', () => {
  let folder: string
  let sandbox: Sandbox
  let ffmpeg: Ffmpeg
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sup-media-test-'))
    const programs = await findPrograms(undefined)
    sandbox = await openSandbox([programs.ffmpeg, '-version'], [])
    ffmpeg = await createFfmpeg(sandbox, { ...programs, root: folder })
  })
  afterAll(() => rm(folder, { recursive: true }))

  const source = async (bytes: Uint8Array | string, demuxer: string): Promise<Source> => {
    await writeFile(join(folder, 'input'), bytes)
    return { folder, file: 'input', demuxer }
  }
  const clean: () => Source = () => ({ folder, file: 'clean', demuxer: 'mov' })

  it('makes an MP4 of what a browser recorded, and says how far it is', async () => {
    const film = await source(await webmFilm(4), 'matroska')
    const before = await ffmpeg.probe(film)
    expect(before).toMatchObject({ video: { codec: 'vp8', width: 320, height: 240 } })
    const steps: number[] = []
    await ffmpeg.transcodeVideo(film, {
      method: 'encode',
      container: 'mp4',
      onProgress: (ms) => steps.push(ms),
    })
    expect(steps.at(-1)).toBeGreaterThan(3500)
    const after = await ffmpeg.probe(clean())
    expect(after).toMatchObject({ video: { codec: 'h264' }, audio: { codec: 'aac' } })
    expect(after.durationMs).toBeGreaterThan(3800)
    const bytes = await readFile(join(folder, 'clean'))
    expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'))
  })

  it('copies a film without the place where it was taken', async () => {
    const film = await phoneFilm()
    expect(film.includes('+51.5')).toBe(true)
    expect(film.includes('at home')).toBe(true)
    await ffmpeg.transcodeVideo(await source(film, 'mov'), {
      method: 'copy',
      container: 'mp4',
      onProgress: () => undefined,
    })
    const bytes = await readFile(join(folder, 'clean'))
    expect(bytes.includes('+51.5')).toBe(false)
    expect(bytes.includes('at home')).toBe(false)
    expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'))
  })

  it('takes a picture out of a film', async () => {
    await ffmpeg.extractPoster(await source(await phoneFilm(), 'mov'), 500)
    expect((await readFile(join(folder, 'poster.png'))).toString('latin1', 1, 4)).toBe('PNG')
  })

  it('makes Opus of a voice and draws it', async () => {
    await ffmpeg.transcodeVoice(await source(await webmVoice(), 'matroska'), {
      ...sounds,
      isVoice: true,
    })
    const voice = await ffmpeg.probe({ folder, file: 'clean', demuxer: 'ogg' })
    expect(voice).toMatchObject({ audio: { codec: 'opus' }, video: undefined })
    const { durationMs, waveform } = await readWaveform(join(folder, 'peaks.raw'))
    expect(durationMs).toBeGreaterThan(2900)
    expect(durationMs).toBeLessThan(3200)
    expect(waveform).toHaveLength(64)
    expect(Math.max(...waveform)).toBe(255)
  })

  it('draws a song', async () => {
    await ffmpeg.transcodeVoice(await source(await mp3Song(20), 'mp3'), sounds)
    const { waveform } = await readWaveform(join(folder, 'peaks.raw'))
    expect(waveform.length).toBeGreaterThan(150)
  })

  it.each(Object.entries(PLAYLISTS))('follows no %s playlist', async (_kind, text) => {
    await expect(ffmpeg.probe(await source(text, 'mov'))).rejects.toMatchObject({
      reason: 'damaged',
    })
  })

  it('refuses what is too long, too large or recorded by nobody', () => {
    const video = { codec: 'h264', width: 100, height: 100, pixelFormat: 'yuv420p' }
    const probe = { durationMs: 1000, video, audio: undefined }
    expect(() => {
      checkProbe({ ...probe, durationMs: 5 * 3_600_000 })
    }).toThrow('too_long')
    expect(() => {
      checkProbe({ ...probe, video: { ...video, width: 30_000, height: 30_000 } })
    }).toThrow('too_many_pixels')
    expect(() => {
      checkProbe({ ...probe, video: { ...video, codec: 'cinepak' } })
    }).toThrow('unsupported')
  })

  const runShell = (script: string, timeoutMs = 20_000): Promise<string> =>
    runShutIn(sandbox, {
      program: '/bin/sh',
      args: ['-c', script],
      folder,
      limits: LIMITS,
      timeoutMs,
    })

  it('leaves a program neither network, nor our secrets, nor other files', async () => {
    expect(sandbox.kind).toBe('bwrap')
    expect(
      await runShell('cat /etc/passwd /proc/1/environ 2>/dev/null; ls /home; env'),
    ).not.toMatch(/root:|SUP_|SECRET/)
    expect(await runShell('touch /usr/x 2>/dev/null || echo no; touch here && echo yes')).toBe(
      'no\nyes\n',
    )
    expect(await runShell('ls /sys/class/net /run /var 2>/dev/null || echo none')).toBe('none\n')
  })

  it('ends a program with everything it started', async () => {
    const begin = Date.now()
    const endless = runShell('while :; do sleep 1; done & while :; do :; done', 1000)
    await expect(endless).rejects.toMatchObject({ reason: 'too_costly' })
    expect(Date.now() - begin).toBeLessThan(5000)
  })

  it.each([
    ['time', 'while :; do :; done'],
    ['disk', 'head -c 9000000 /dev/zero > large'],
  ])('gives a program little %s', async (_what, script) => {
    await expect(runShell(script, 60_000)).rejects.toMatchObject({ name: 'Refusal' })
  })
})
