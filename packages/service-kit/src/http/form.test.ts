import { afterEach, describe, expect, it } from '@jest/globals'
import { type Endpoint, endpoint, gone } from '@sup/types'
import type { Server } from 'node:http'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { z } from 'zod'
import { appOf, none } from '../../test/app.js'
import { AppError, answer, closeServer, listen, portOf, rawAnswer } from './index.js'

const upload = endpoint({
  method: 'post',
  path: '/api/v1/forms',
  summary: 'Take a form',
  params: none,
  multipart: {
    files: [
      { name: 'file', isRequired: true },
      { name: 'more', isRequired: false },
    ],
  },
  body: z.object({ name: z.string().max(10) }),
  response: z.object({ name: z.string(), files: z.record(z.string(), z.int()) }),
  beside: z.object({ total: z.int() }),
  success: [201],
  errors: [gone],
})
const bytes = endpoint({
  method: 'get',
  path: '/api/v1/bytes',
  summary: 'Give bytes',
  raw: true,
  params: none,
  query: z.object({ kind: z.enum(['good', 'broken', 'undeclared']) }),
  body: none,
  response: z.undefined(),
  success: [200],
  errors: [],
})

const servers: Server[] = []
afterEach(() => Promise.all(servers.splice(0).map((server) => closeServer(server, 0))))

const MAX = 100_000
async function start(): Promise<{ url: string; taken: string[] }> {
  const taken: string[] = []
  const { app } = appOf(
    (serveOne) => {
      serveOne(upload, async (_caller, { form }) => {
        const files: Record<string, number> = {}
        const { name } = await form.read(async ({ field, fileName, body }) => {
          if (fileName === 'refused') throw new AppError(gone)
          files[field] = (await buffer(body)).length
          taken.push(`${field}:${fileName ?? ''}`)
        })
        const total = Object.values(files).reduce((sum, one) => sum + one, 0)
        return answer({ name, files }, { status: 201, beside: { total } })
      })
      serveOne(bytes, (_caller, { query }) =>
        Promise.resolve(
          rawAnswer({
            status: query.kind === 'undeclared' ? 206 : 200,
            headers: { 'Content-Type': 'text/plain' },
            body: query.kind === 'broken' ? Readable.from(broken()) : Readable.from(['some bytes']),
          }),
        ),
      )
    },
    { maxUploadBytes: MAX },
  )
  const server = await listen(app, 0, { host: '127.0.0.1' })
  servers.push(server)
  return { url: `http://127.0.0.1:${portOf(server)}`, taken }
}

async function* broken(): AsyncGenerator<string> {
  yield await Promise.resolve('some')
  throw new Error('the store broke')
}

const authorization = 'Bearer alice'
const pathOf = (spec: Endpoint): string => spec.path
const post = async (
  url: string,
  fields: readonly (readonly [string, string | Blob, string?])[],
): Promise<{ status: number; body: unknown }> => {
  const form = new FormData()
  for (const [name, value, fileName] of fields) {
    if (typeof value === 'string') form.append(name, value)
    else form.append(name, value, fileName)
  }
  const response = await fetch(url + pathOf(upload), {
    method: 'POST',
    headers: { authorization },
    body: form,
  })
  return { status: response.status, body: await response.json() }
}
const code = (name: string) =>
  expect.objectContaining({ error: expect.objectContaining({ code: name }) })
const file = (length: number): Blob => new Blob([Buffer.alloc(length, 1)])

describe('an endpoint with a form', () => {
  it('gives each file as a stream and the fields at the end, whatever their order', async () => {
    const { url, taken } = await start()
    const { status, body } = await post(url, [
      ['file', file(70_000), 'a.bin'],
      ['name', 'Zoë'],
      ['more', file(5), 'b.bin'],
    ])
    expect([status, body]).toEqual([
      201,
      { success: true, data: { name: 'Zoë', files: { file: 70_000, more: 5 } }, total: 70_005 },
    ])
    expect(taken).toEqual(['file:a.bin', 'more:b.bin'])
  })

  it.each([
    ['a missing file', [['name', 'x']], 400, 'VALIDATION_ERROR'],
    ['a missing field', [['file', file(1), 'a']], 400, 'VALIDATION_ERROR'],
    [
      'a field too long',
      [
        ['name', 'x'.repeat(11)],
        ['file', file(1), 'a'],
      ],
      400,
      'VALIDATION_ERROR',
    ],
    [
      'a file twice',
      [
        ['name', 'x'],
        ['file', file(1), 'a'],
        ['file', file(1), 'b'],
      ],
      400,
      'VALIDATION_ERROR',
    ],
    [
      'a file nobody asked for',
      [
        ['name', 'x'],
        ['other', file(1), 'a'],
      ],
      400,
      'VALIDATION_ERROR',
    ],
    [
      'too many bytes',
      [
        ['name', 'x'],
        ['file', file(MAX + 1_048_577), 'a'],
      ],
      413,
      'PAYLOAD_TOO_LARGE',
    ],
    [
      'what the use case refuses',
      [
        ['name', 'x'],
        ['file', file(500_000), 'refused'],
      ],
      410,
      'GONE',
    ],
  ] as const)('refuses %s', async (_name, fields, status, error) => {
    const { url } = await start()
    expect(await post(url, fields)).toEqual({ status, body: code(error) })
  })
})

describe('an endpoint with raw answers', () => {
  const get = async (kind: string): Promise<Response> => {
    const { url } = await start()
    return fetch(`${url}${pathOf(bytes)}?kind=${kind}`, { headers: { authorization } })
  }

  it('sends bytes as they are', async () => {
    const response = await get('good')
    expect([response.headers.get('content-type'), await response.text()]).toEqual([
      'text/plain',
      'some bytes',
    ])
  })

  it('breaks off when the bytes do, so that nobody takes them for whole', async () => {
    const response = await get('broken')
    await expect(response.text()).rejects.toThrow()
  })

  it('is a fault with a status that the contract does not have', async () => {
    expect((await get('undeclared')).status).toBe(500)
  })
})
