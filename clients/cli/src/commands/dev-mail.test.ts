import { describe, expect, it } from '@jest/globals'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { json, useHarness } from '../../test/harness.js'

const h = await useHarness()

const mail = (at: string, subject: string, text: string): string =>
  JSON.stringify({
    at,
    from: 'no-reply@localhost',
    to: ['alice@example.org'],
    subject,
    headers: {},
    text,
    html: '<p>',
  })

describe('sup dev mail', () => {
  const sup = async (...args: string[]) => {
    const root = join(h.root, 'state')
    const folder = join(root, 'start/mail')
    await mkdir(folder, { recursive: true })
    const [early, late] = ['2026-01-01T10:00:00.000Z', '2026-01-02T10:00:00.000Z']
    await writeFile(join(folder, '2026-01-01-a.json'), mail(early, 'First', 'Code: 123456'))
    await writeFile(join(folder, '2026-01-02-b.json'), mail(late, 'Second\u001b[2J', 'Hi\u001b[2J'))
    await writeFile(join(folder, '2026-01-03-c.json'), '{"half":')
    await writeFile(join(folder, '2026-01-04-d.json.part'), mail(late, 'Draft', ''))
    return h.sup(['dev', 'mail', ...args], { env: { SUP_STATE_DIR: root } })
  }

  it('lists the newest first', async () => {
    const { code, out } = await sup()
    expect(code).toBe(0)
    expect(out.indexOf('Second')).toBeLessThan(out.indexOf('First'))
    expect(out).not.toMatch(/\u001b\[2J|Draft/)
  })

  it('shows one', async () => {
    const { out } = await sup('2')
    expect(out).toContain('To:      alice@example.org\nSubject: First\n\nCode: 123456\n')
    const { out: evil } = await sup('1')
    expect(evil).not.toContain('\u001b')
    const { out: object } = await sup('2', '--json')
    expect(json(object)).toMatchObject({ mail: { subject: 'First', html: '<p>' } })
  })

  it('says that there is none', async () => {
    expect(await sup('3')).toMatchObject({ code: 4 })
    expect(await sup('x')).toMatchObject({ code: 4 })
    const nowhere = { SUP_STATE_DIR: join(h.root, 'nothing') }
    expect((await h.sup(['dev', 'mail'], { env: nowhere })).out).toBe('No mail yet.\n')
  })
})
