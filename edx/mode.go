package edx

// Mode is how a learner takes a course: what was paid, and what can be earned.
// It is an open set: a mode that is not listed here is kept as it is.
type Mode string

// The modes that the platform knows today.
const (
	Audit                    Mode = "audit"                      // free, no certificate
	Honor                    Mode = "honor"                      // free, unverified certificate
	Verified                 Mode = "verified"                   // paid, identity checked
	Professional             Mode = "professional"               // paid, identity checked, no free track
	NoIDProfessional         Mode = "no-id-professional"         // as Professional, identity not checked
	Credit                   Mode = "credit"                     // academic credit on top of Verified
	Masters                  Mode = "masters"                    // part of a degree
	ExecutiveEducation       Mode = "executive-education"        // run by a partner
	PaidExecutiveEducation   Mode = "paid-executive-education"   // as ExecutiveEducation, paid
	UnpaidExecutiveEducation Mode = "unpaid-executive-education" // as ExecutiveEducation, not paid
	PaidBootcamp             Mode = "paid-bootcamp"              // a bootcamp, paid
	UnpaidBootcamp           Mode = "unpaid-bootcamp"            // a bootcamp, not paid
)
