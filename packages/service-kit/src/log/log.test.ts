import { describe, expect, it } from '@jest/globals'
import { capturedLog } from '../../test/captured-log.js'
import { currentRequestId, runWithRequest } from './index.js'

describe('createLogger', () => {
  it('writes one JSON line with level, service, time and fields', () => {
    const { log, lines, raw } = capturedLog()

    log.info('Started', { port: 3000 })

    expect(lines).toEqual([
      expect.objectContaining({ level: 'info', message: 'Started', service: 'test', port: 3000 }),
    ])
    expect(lines[0]?.['timestamp']).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/)
    expect(raw[0]?.endsWith('}\n')).toBe(true)
  })

  it('leaves out what is below its level', () => {
    const { log, lines } = capturedLog('warn')
    log.debug('no')
    log.info('no')
    log.warn('yes')
    log.error('yes')
    expect(lines.map(({ level }) => level)).toEqual(['warn', 'error'])
  })

  it('hides secrets at any depth, whatever their spelling', () => {
    const { log, raw } = capturedLog()
    const canary = 'canary-4711'

    log.info('x', {
      password: canary,
      Authorization: canary,
      'set-cookie': canary,
      nested: [{ refresh_token: canary, deeper: { JWT_SECRET: canary, code: canary } }],
      message: { encryptedContent: canary, content: canary },
      user: { email: canary, phone: canary, pendingEmail: canary },
      config: { headers: canary },
      totpCode: canary,
    })

    expect(raw.join('')).not.toContain(canary)
  })

  it('hides secrets inside sentences', () => {
    const { log, raw } = capturedLog()
    const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'

    log.warn(`connecting to postgresql://sup:canary-1@db:5432/x with Bearer canary-2 and ${jwt}`, {
      url: 'https://s3/x?X-Amz-Signature=canary-3&X-Amz-Credential=canary-4&a=1',
      err: new Error('redis://:canary-5@redis is away'),
    })

    expect(raw.join('')).not.toMatch(/canary|eyJ/)
    expect(raw.join('')).toContain('@db:5432')
  })

  it('writes errors without what drivers hang on them', () => {
    const { log, lines, raw } = capturedLog()
    const err = Object.assign(new Error('failed', { cause: new TypeError('inner') }), {
      code: 'ECONNREFUSED',
      config: { headers: { authorization: 'canary' } },
      query: 'INSERT canary',
      params: ['canary'],
    })

    log.error('x', { err })

    expect(lines[0]?.['err']).toMatchObject({
      name: 'Error',
      message: 'failed',
      errorCode: 'ECONNREFUSED',
      cause: { name: 'TypeError', message: 'inner' },
    })
    expect(raw.join('')).not.toContain('canary')
  })

  it('does not quote what was not JSON', () => {
    const { log, raw } = capturedLog()
    try {
      JSON.parse('canary')
    } catch (err) {
      log.warn('x', { err })
    }
    expect(raw).toHaveLength(1)
    expect(raw.join('')).not.toContain('canary')
  })

  it('keeps one record on one line', () => {
    const { log, raw } = capturedLog()
    log.info('a\r\n{"level":"error","message":"forged"}', { name: 'b\nc' })
    expect(raw).toHaveLength(1)
    expect(raw[0]?.trimEnd()).not.toMatch(/[\r\n]/)
  })

  it('survives cycles, getters that throw, bigints, buffers and huge values', () => {
    const { log, lines } = capturedLog()
    const cycle: Record<string, unknown> = { big: 10n, bytes: Buffer.from('canary') }
    cycle['self'] = cycle

    log.info('cycle', cycle)
    log.info('getter', {
      get broken(): string {
        throw new Error('no')
      },
    })
    log.info('huge', { long: 'x'.repeat(100_000), many: Array.from({ length: 1000 }, () => 1) })

    expect(lines[0]).toMatchObject({ big: '10', bytes: '[6 bytes]', self: '[circular]' })
    expect(lines[1]).toMatchObject({ message: 'getter', fields: '[unreadable]' })
    expect(JSON.stringify(lines[2]).length).toBeLessThan(5000)
  })

  it('cannot be made to lie about level, service or message', () => {
    const { log, lines } = capturedLog()
    log.info('real', { level: 'error', service: 'other', message: 'forged' })
    expect(lines[0]).toMatchObject({ level: 'info', service: 'test', message: 'real' })
  })

  it('adds the request that is being worked on, also behind an await', async () => {
    const { log, lines } = capturedLog()

    await runWithRequest({ requestId: 'r-1' }, async () => {
      await Promise.resolve()
      log.info('inside')
    })
    log.info('outside')

    expect(lines[0]).toMatchObject({ requestId: 'r-1' })
    expect(lines[1]).not.toHaveProperty('requestId')
    expect(currentRequestId()).toBeUndefined()
  })

  it('adds the fields of a child', () => {
    const { log, lines } = capturedLog()
    log.child({ node: 'a' }).child({ lane: 1, token: 'canary' }).info('x', { own: true })
    expect(lines[0]).toMatchObject({ node: 'a', lane: 1, token: '[redacted]', own: true })
  })
})
