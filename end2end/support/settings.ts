// What both configurations share: the browser, the kinds of screens, where results go.

import { fileURLToPath } from 'node:url';

/** The folder for traces, reports and pictures of failures. */
export const output = process.env.PERENNIAL_E2E_OUTPUT ?? fileURLToPath(new URL('../../target/end2end', import.meta.url));

export const browser = {
  locale: 'en-US',
  timezoneId: 'America/New_York',
  launchOptions: {
    executablePath: process.env.PERENNIAL_CHROMIUM ?? '/usr/bin/chromium',
    // Containers rarely let Chromium build its sandbox, and nothing foreign is opened here.
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  },
};

export const desktop = { viewport: { width: 1440, height: 900 } };
export const phone = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};
