package edxtest

import "github.com/proctorbook/proctorbook/internal/testserver"

// Short names for what stands in every file of this package.
type (
	reply   = testserver.Reply
	object  = testserver.Object
	member  = testserver.Member
	decimal = testserver.Decimal
)
