// Package backend serves the API that Open edX asks of a proctoring provider: what
// edx-proctoring calls a REST backend. The platform is the client here. For the
// other direction, what a provider tells the platform, see
// [github.com/proctorbook/proctorbook/edx.CallbacksService].
package backend
