import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestSocket } from '@sup/testkit'
import { type ClientEventType, SocketFailure } from '@sup/types'
import { within } from '../support/wait.js'
import { enter, signUp } from './accounts.js'
import { clientEventExamples } from './golden.js'
import { BAD_VALUES, mutate } from './mutations.js'
import type { World } from './world.js'

const AT_ONCE = 20
const TOKEN_CODES = new Set(['UNAUTHORIZED', 'INVALID_TOKEN', 'TOKEN_EXPIRED'])

/** The same over sockets: no event, whatever its shape, ends the process or somebody else's connection. */
export function describeBadEvents(world: () => World): void {
  describe('bad input over sockets', () => {
    let bystander: TestSocket
    beforeAll(async () => {
      bystander = await connect(world())
    })
    afterAll(() => {
      expect(bystander.socket.connected).toBe(true)
      bystander.close()
    })

    it.each(clientEventExamples().map((example) => [example.spec.name, example] as const))(
      '%s refuses it',
      async (_name, { spec, payload }) => {
        const payloads = [
          undefined,
          ...BAD_VALUES,
          Buffer.from('bytes'),
          payload,
          ...[...mutate(payload)].map(({ value }) => value),
        ].filter((value) => sizeOf(value) < 100_000)
        const problems: string[] = []
        let socket = await connect(world())
        for (let first = 0; first < payloads.length; first += AT_ONCE) {
          const some = payloads.slice(first, first + AT_ONCE)
          // `authenticate` with another identity ends the connection, as documented.
          if (!socket.socket.connected) socket = await connect(world())
          const found = await Promise.all(some.map((value) => judge(socket, spec, value)))
          problems.push(...found.flatMap((problem) => problem ?? []))
        }
        expect(problems).toEqual([])
        socket.close()
      },
      60_000,
    )

    it('answers by the event error when there is no callback', async () => {
      const socket = await connect(world())
      socket.socket.emit('message', { chatId: 'nowhere' })
      expect(await socket.next('error')).toMatchObject({
        code: 'VALIDATION_ERROR',
        event: 'message',
        retryable: false,
      })
      socket.close()
    })

    it.each(['nothing', '__proto__', 'constructor', 'toString', 'x'.repeat(1000), ''])(
      'has no event %j',
      async (name) => {
        const socket = await connect(world())
        const answer: unknown = await socket.socket.timeout(5000).emitWithAck(name, {})
        expect(SocketFailure.parse(answer).code).toBe('NOT_FOUND')
        socket.close()
      },
    )

    it('takes a callback after more values than there should be', async () => {
      const socket = await connect(world())
      const answer: unknown = await socket.socket
        .timeout(5000)
        .emitWithAck('heads', {}, 1, [2], '3')
      expect(answer).toMatchObject({ ok: expect.any(Boolean) })
      socket.close()
    })

    it('closes a connection that sends more than 128 KiB at once', async () => {
      const socket = await connect(world())
      const gone = disconnected(socket)
      socket.socket.emit('message', { content: 'x'.repeat(140_000) })
      await within('the connection is closed', 5000, gone)
    })

    it.each([
      '4',
      '42',
      '42["message"',
      '42{}',
      '45-["message",{"_placeholder":true,"num":9}]',
      '9',
    ])('survives a packet that is none: %s', async (packet) => {
      const socket = await connect(world())
      const gone = disconnected(socket)
      // Below Socket.IO: the raw text of a packet.
      const { transport } = socket.socket.io.engine as unknown as {
        transport: { ws: { send: (text: string) => void } }
      }
      transport.ws.send(packet)
      const answer = socket.send('heads', {}).catch(() => gone)
      await within('it is closed, or still good', 5000, Promise.race([gone, answer]))
      if (socket.socket.connected) expect(await answer).toMatchObject({ ok: true })
      socket.close()
    })
  })
}

async function connect({ here }: World): Promise<TestSocket> {
  return enter(here, await signUp(here))
}

function disconnected({ socket }: TestSocket): Promise<unknown> {
  return new Promise((resolve) => {
    socket.once('disconnect', resolve)
  })
}

/** What is wrong with the acknowledgement; undefined when nothing is. */
async function judge(
  { socket }: TestSocket,
  spec: ClientEventType,
  payload: unknown,
): Promise<string | undefined> {
  const sent: unknown = Buffer.isBuffer(payload) ? payload : toJson(payload)
  const ended = new Promise<string>((resolve) => {
    socket.once('disconnect', () => {
      resolve('closed')
    })
  })
  const acknowledged = socket.timeout(5000).emitWithAck(spec.name, sent)
  const answer: unknown = await Promise.race([acknowledged, ended]).catch(() => 'no answer')
  if (isDocumented(spec, sent, answer)) return undefined
  return `${spec.name} ${describePayload(payload)} → ${JSON.stringify(answer)}`
}

function isDocumented(spec: ClientEventType, sent: unknown, answer: unknown): boolean {
  if (answer === 'closed') return spec.name === 'authenticate'
  const failure = SocketFailure.safeParse(answer)
  if (!failure.success) {
    return typeof answer === 'object' && answer !== null && 'ok' in answer && answer.ok === true
  }
  const { code } = failure.data
  return spec.payload.safeParse(sent).success
    ? spec.errors.some((error) => error.code === code) || isRefusal(spec, code)
    : isRefusal(spec, code)
}

/** A payload without a token, or with something else in its place, is no proof of anything. */
const isRefusal = ({ name }: ClientEventType, code: string): boolean =>
  code === 'VALIDATION_ERROR' || (name === 'authenticate' && TOKEN_CODES.has(code))

/** As it arrives: without members that are undefined, and with lone surrogates as JSON writes them. */
const toJson = (value: unknown): unknown =>
  value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown)

const sizeOf = (value: unknown): number => JSON.stringify(value ?? null).length

const describePayload = (payload: unknown): string =>
  JSON.stringify(payload ?? 'nothing').slice(0, 150)
