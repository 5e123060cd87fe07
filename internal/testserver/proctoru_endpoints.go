package testserver

// endpoint is one method of ProctorU's API.
type endpoint struct {
	name  string
	read  bool // changes nothing, and answers to GET and POST
	list  bool // its data is an array
	makes bool // its data holds the number of a reservation
	post  bool // documented as POST
	act   func(*ProctorU, call) reply
}

var endpoints = func() map[string]*endpoint {
	byName := map[string]*endpoint{}
	for _, group := range [][]*endpoint{bookingEndpoints, learnerEndpoints, examEndpoints, reportEndpoints} {
		for _, e := range group {
			byName[e.name] = e
		}
	}
	return byName
}()

var bookingEndpoints = []*endpoint{
	{name: "getTimeZoneList", read: true, list: true, act: (*ProctorU).getTimeZoneList},
	{name: "getScheduleInfoAvailableTimesList", read: true, list: true, act: (*ProctorU).getSlots},
	{name: "getScheduleInfoTermList", read: true, list: true, post: true, act: (*ProctorU).getBookableTerms},
	{name: "getScheduleInfoExamList", read: true, list: true, post: true, act: (*ProctorU).getBookableExams},
	{name: "addAdHocProcess", makes: true, post: true, act: (*ProctorU).addAdHocProcess},
	{name: "addProcess", makes: true, post: true, act: (*ProctorU).addProcess},
	{name: "moveReservation", makes: true, post: true, act: (*ProctorU).moveReservation},
	{name: "removeReservation", post: true, act: (*ProctorU).removeReservation},
	{name: "beginReservation", post: true, act: (*ProctorU).beginReservation},
	{name: "getStudentReservationList", read: true, list: true, act: (*ProctorU).getReservations},
	{name: "getIsReservationAuthenticated", read: true, act: (*ProctorU).isAuthenticated},
	{name: "batchSchedule", post: true, act: (*ProctorU).batchSchedule},
	{name: "pollBatchSchedule", read: true, act: (*ProctorU).pollBatch},
}

var learnerEndpoints = []*endpoint{
	{name: "editStudent", post: true, act: (*ProctorU).editStudent},
	{name: "getStudentProfile", read: true, act: (*ProctorU).getProfile},
	{name: "getEmailExist", read: true, post: true, act: (*ProctorU).getEmailExist},
	{name: "autoLogin", post: true, act: (*ProctorU).autoLogin},
	{name: "getTOS", read: true, post: true, act: (*ProctorU).getTerms},
	{name: "agreeToTOS", post: true, act: (*ProctorU).agreeToTerms},
	{name: "getStudentImage", read: true, act: (*ProctorU).getImage},
	{name: "accommodations", read: true, act: (*ProctorU).getAccommodations},
}

var examEndpoints = []*endpoint{
	{name: "addBlueBirdExam", post: true, act: (*ProctorU).addBlueBirdExam},
	{name: "editTermExam", post: true, act: (*ProctorU).editTermExam},
	{name: "getInstitutionExamList", read: true, list: true, act: (*ProctorU).getExams},
	{name: "getInstitutionTermList", read: true, list: true, act: (*ProctorU).getExamTerms},
	{name: "getInstitutionDepartmentList", read: true, list: true, act: (*ProctorU).getDepartments},
	{name: "exams/add_record_plus_exams", post: true, act: (*ProctorU).addRecordPlus},
	{name: "exams/add_record_plus_exams/fulfill", post: true, act: (*ProctorU).fulfillRecordPlus},
}

var reportEndpoints = []*endpoint{
	{name: "clientActivityReport", read: true, list: true, post: true, act: (*ProctorU).activityReport},
	{name: "bluebirdclientActivityReport", read: true, list: true, post: true, act: (*ProctorU).blueBirdReport},
	{name: "pendingExamReport", read: true, list: true, post: true, act: (*ProctorU).pendingReport},
}

// canHave reports whether the fault makes sense here.
func (e *endpoint) canHave(kind FaultKind) bool {
	switch kind {
	case FaultNoNumber:
		return e.makes
	case FaultReadNull, FaultReadEmpty, FaultReadError:
		return e.list
	case FaultNegativeExpiry:
		return false
	}
	return true
}
