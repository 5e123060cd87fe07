// Package transport is the one HTTP core under the proctoru and edx clients. It
// sends one call, paced and bounded, and says of every write whether it was
// done, was provably not done, or may have been done.
package transport
