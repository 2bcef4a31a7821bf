import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { CHECKOUT } from '../../scripts/stack/state.js'
import type { LoadOptions } from './arguments.js'
import type { Result } from './figures.js'
import { describeCommit, describeMachine, loadAverage } from './machine.js'

const RESULTS = join(CHECKOUT, 'tests/load/RESULTS.md')
const RATES = new Set(['msgsPerSecond', 'floorMsgsPerSecond'])

/** The figures for people: one per line, the CPU by program below. */
export function printTable(options: LoadOptions, result: Result): string {
  const rows = Object.entries({ ...result.figures, ...result.more })
  const programs = [...result.cpu]
    .filter(([, seconds]) => seconds >= 0.005)
    .sort(([, a], [, b]) => b - a)
    .map(([name, seconds]) => `${name} ${seconds.toFixed(2)}`)
  return [
    '',
    `${options.workload} ${describeRun(options)}`,
    ...rows.map(([name, value]) => `  ${name.padEnd(28)}${show(name, value).padStart(12)}`),
    `  CPU seconds: ${programs.join(', ')}`,
    ...result.failures.map((failure) => `  FAILED: ${failure}`),
  ].join('\n')
}

/** All figures as one line of JSON. */
export function printJson({ figures, more }: Result): string {
  const rounded = Object.entries({ ...figures, ...more }).map(([name, value]): [string, number] => [
    name,
    Number(show(name, value)),
  ])
  return JSON.stringify(Object.fromEntries(rounded))
}

/** Adds a row to RESULTS.md, with the commit and the machine. */
export function appendResult(options: LoadOptions, result: Result): void {
  const { figures, more, failures } = result
  const cells = [
    new Date().toISOString().slice(0, 16).replace('T', ' '),
    describeCommit(),
    `${describeMachine()}, load ${loadAverage().toFixed(1)}`,
    `${options.workload} ${describeRun(options)}`,
    ...Object.entries(figures).map(([name, value]) => show(name, value)),
    Object.entries(more)
      .map(([name, value]) => `${name} ${show(name, value)}`)
      .join(', '),
    failures.length === 0 ? 'good' : `failed: ${failures.join('; ')}`,
  ]
  appendFileSync(RESULTS, `| ${cells.join(' | ')} |\n`)
}

function describeRun({ mode, rate, direct, workload, seconds }: LoadOptions): string {
  const how = workload === 'W4' || workload === 'W5' ? '' : mode === 'rate' ? `rate ${rate}` : mode
  const notes = [how, direct ? 'direct' : '', seconds === undefined ? '' : `${seconds} s`]
  return notes.filter((note) => note !== '').join(', ')
}

/** Whole rates and counts, two decimals for milliseconds, five for CPU seconds. */
function show(name: string, value: number): string {
  if (RATES.has(name) || Number.isInteger(value)) return value.toFixed(0)
  return /cpuSeconds/i.test(name) ? value.toFixed(5) : value.toFixed(2)
}
