// Package browser is for tests: a headless Chromium that shows one page, and notes what must not happen
// there, complaints on its console and requests to anywhere else. It needs Debian's chromium.
package browser
