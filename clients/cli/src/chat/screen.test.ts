import { describe, expect, it } from '@jest/globals'
import { fakeScreen } from '../../test/fake-screen.js'
import { openScreen } from './screen.js'

const settle = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}

async function open(columns = 40, height = 24) {
  const terminal = fakeScreen(columns, height)
  const seen: string[] = []
  const screen = openScreen(terminal, '> ', {
    onLine: (line) => seen.push(line),
    onKey: (isEmpty) => seen.push(isEmpty ? 'empty' : 'key'),
    onClose: () => seen.push('closed'),
  })
  const type = async (text: string): Promise<void> => {
    terminal.stdin.write(text)
    await settle()
  }
  await settle()
  return { terminal, screen, seen, type }
}

describe('the screen', () => {
  it('prints above what is being written', async () => {
    const { terminal, screen, type } = await open()
    await type('half a sen')
    screen.print('12:00 bob: hello')
    await settle()
    expect(terminal.rows()).toEqual(['12:00 bob: hello', '> half a sen'])
    await type('tence')
    expect(terminal.rows()).toEqual(['12:00 bob: hello', '> half a sentence'])
  })

  it('does so also when what is written takes several rows', async () => {
    const { terminal, screen, type } = await open(20)
    await type('a sentence that takes three rows of this one')
    screen.print('one')
    screen.print('two')
    await settle()
    expect(terminal.rows()).toEqual([
      'one',
      'two',
      '> a sentence that ta',
      'kes three rows of th',
      'is one',
    ])
  })

  it('takes a finished line away: it comes back as a message', async () => {
    const { terminal, screen, seen, type } = await open(20)
    await type('a line that needs two rows\r')
    expect(seen.filter((one) => one !== 'key' && one !== 'empty')).toEqual([
      'a line that needs two rows',
    ])
    screen.print('12:00 you: a line')
    await settle()
    expect(terminal.rows()).toEqual(['12:00 you: a line', '>'])
  })

  it('rewrites a part of what it printed, wherever it is on the screen', async () => {
    const { terminal, screen, type } = await open(30)
    const block = screen.print('12:00 you [sending]   hello 你好')
    screen.print('12:00 bob: a text that is longer than one row')
    await type('new')
    screen.rewrite(block, 10, '[delivered]')
    await settle()
    expect(terminal.rows()).toEqual([
      '12:00 you [delivered] hello 你',
      '好',
      '12:00 bob: a text that is long',
      'er than one row',
      '> new',
    ])
    await type('er')
    expect(terminal.rows().at(-1)).toBe('> newer')
  })

  it('leaves alone what scrolled away, and everything after the terminal was resized', async () => {
    const { terminal, screen } = await open(30, 4)
    const first = screen.print('12:00 you [sent]      one')
    for (const text of ['two', 'three', 'four']) screen.print(text)
    const last = screen.print('12:00 you [sent]      five')
    screen.rewrite(first, 10, '[read]     ')
    await settle()
    expect(terminal.rows()).toEqual(['three', 'four', '12:00 you [sent]      five', '>'])
    terminal.resize(60)
    screen.rewrite(last, 10, '[read]     ')
    await settle()
    expect(terminal.rows()[2]).toBe('12:00 you [sent]      five')
  })

  it('changes the prompt while something is being written', async () => {
    const { terminal, screen, type } = await open()
    await type('hi')
    screen.setPrompt('Ben typing … > ')
    await settle()
    expect(terminal.rows()).toEqual(['Ben typing … > hi'])
  })

  it('says when the person ends it', async () => {
    const { terminal, seen, screen, type } = await open()
    await type('\u0004')
    screen.close()
    await settle()
    expect(seen).toContain('closed')
    expect(terminal.rows()).toEqual([])
  })
})
