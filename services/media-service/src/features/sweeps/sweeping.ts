import type { Needs } from '../../deps.js'

/** What a sweep may touch. */
export type Sweeping = Needs<'db' | 'blobs' | 'mainApi' | 'clock' | 'config' | 'log'>
