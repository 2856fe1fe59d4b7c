// What the global setup hands to the tests: it runs in another process than they do.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { output } from './settings.ts';

/** Where everything is, and how to get in. */
export interface Stage {
  /** The server's address, without a slash at the end. */
  base: string;
  /** A merchant that exists for the tests alone. */
  merchant: {
    id: string;
    slug: string;
    name: string;
    owner: { email: string; password: string };
    /** A key with every scope. */
    key: string;
    /** The code of its one retailer. */
    retailer: string;
    retailerName: string;
  };
}

export const stageFile = join(output, 'stage.json');

/** The demo merchant with two months of purchases, made by `serve --demo`. */
export const demo = {
  slug: 'hearth',
  owner: { email: 'priya@hearth.example', password: 'perennial demo' },
  customer: 'maya@hearth.example',
};

let read: Stage | undefined;

/** The stage of this run. */
export function stage(): Stage {
  read ??= JSON.parse(readFileSync(stageFile, 'utf8')) as Stage;
  return read;
}
