package transport

// NewRoundTripper lets the tests look at the default.
var NewRoundTripper = newRoundTripper

// Label lets the tests compare isLabel with the pattern.
const Label = label
