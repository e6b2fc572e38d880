// Package e2e runs the built provider, as a process of its own, under the real
// CLI in an empty folder: what plugin-testing's in-process provider can't show
// (interrupts, trace logs, plan files, generated configuration, parallelism).
package e2e
