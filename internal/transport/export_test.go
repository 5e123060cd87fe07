package transport

// NewRoundTripper lets the tests look at the default.
var NewRoundTripper = newRoundTripper
