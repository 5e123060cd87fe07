package proctorutest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// endpoint is one method of ProctorU's API.
type endpoint struct {
	name  string
	read  bool // changes nothing, and answers to GET and POST
	list  bool // its data is an array
	makes bool // its data holds the number of a reservation
	post  bool // documented as POST
	// unstamped ones take no time_sent.
	unstamped bool
	act       func(*Server, call) reply
}

var endpoints = func() map[string]*endpoint {
	byName := map[string]*endpoint{}
	for _, group := range [][]*endpoint{bookingEndpoints, learnerEndpoints, staffEndpoints, examEndpoints, reportEndpoints} {
		for _, e := range group {
			byName[e.name] = e
		}
	}
	return byName
}()

// endpointsInAnyCase has them by their names in lower case.
var endpointsInAnyCase = func() map[string]*endpoint {
	byName := map[string]*endpoint{}
	for name, e := range endpoints {
		byName[strings.ToLower(name)] = e
	}
	return byName
}()

var bookingEndpoints = []*endpoint{
	{name: "getTimeZoneList", read: true, list: true, act: (*Server).getTimeZoneList},
	{name: "getScheduleInfoAvailableTimesList", read: true, list: true, act: (*Server).getSlots},
	{name: "getScheduleInfoTermList", read: true, list: true, post: true, act: (*Server).getBookableTerms},
	{name: "getScheduleInfoExamList", read: true, list: true, post: true, act: (*Server).getBookableExams},
	{name: "addAdHocProcess", makes: true, post: true, act: (*Server).addAdHocProcess},
	{name: "addProcess", makes: true, post: true, act: (*Server).addProcess},
	{name: "moveReservation", makes: true, post: true, act: (*Server).moveReservation},
	{name: "removeReservation", post: true, act: (*Server).removeReservation},
	{name: "beginReservation", post: true, act: (*Server).beginReservation},
	{name: "getStudentReservationList", read: true, list: true, act: (*Server).getReservations},
	{name: "getIsReservationAuthenticated", read: true, act: (*Server).isAuthenticated},
	{name: "batchSchedule", post: true, act: (*Server).batchSchedule},
	{name: "pollBatchSchedule", read: true, act: (*Server).pollBatch},
}

var learnerEndpoints = []*endpoint{
	{name: "editStudent", post: true, act: (*Server).editStudent},
	{name: "getStudentProfile", read: true, act: (*Server).getProfile},
	{name: "getEmailExist", read: true, post: true, act: (*Server).getEmailExist},
	{name: "autoLogin", post: true, act: (*Server).autoLogin},
	{name: "getTOS", read: true, post: true, act: (*Server).getTerms},
	{name: "agreeToTOS", post: true, act: (*Server).agreeToTerms},
	{name: "getStudentImage", read: true, act: (*Server).getImage},
	{name: "accommodations", read: true, act: (*Server).getAccommodations},
}

var staffEndpoints = []*endpoint{
	{name: "editInstitutionalUser", post: true, act: (*Server).editInstitutionalUser},
	{name: "smarter_services/oauth_token", read: true, post: true, unstamped: true, act: (*Server).oauthToken},
}

var examEndpoints = []*endpoint{
	{name: "addBlueBirdExam", post: true, act: (*Server).addBlueBirdExam},
	{name: "editTermExam", post: true, act: (*Server).editTermExam},
	{name: "getInstitutionExamList", read: true, list: true, act: (*Server).getExams},
	{name: "getInstitutionTermList", read: true, list: true, act: (*Server).getExamTerms},
	{name: "getInstitutionDepartmentList", read: true, list: true, act: (*Server).getDepartments},
	{name: "exams/add_record_plus_exams", post: true, act: (*Server).addRecordPlus},
	{name: "exams/add_record_plus_exams/fulfill", post: true, act: (*Server).fulfillRecordPlus},
}

var reportEndpoints = []*endpoint{
	{name: "clientActivityReport", read: true, list: true, post: true, act: (*Server).activityReport},
	{name: "bluebirdclientActivityReport", read: true, list: true, post: true, act: (*Server).blueBirdReport},
	{name: "pendingExamReport", read: true, list: true, post: true, act: (*Server).pendingReport},
}

// Routes returns every endpoint that a server has, by pattern. Most of its reads
// answer to GET and to POST; the method here is the one that a client should send.
func Routes() []proctorbooktest.Route {
	routes := make([]proctorbooktest.Route, 0, len(endpoints))
	for _, e := range endpoints {
		method := http.MethodGet
		if e.post {
			method = http.MethodPost
		}
		routes = append(routes, proctorbooktest.Route{Method: method, Pattern: "/" + e.name})
	}
	slices.SortFunc(routes, func(a, b proctorbooktest.Route) int { return strings.Compare(a.Pattern, b.Pattern) })
	return routes
}

// canHave reports whether the fault makes sense here.
func (e *endpoint) canHave(kind proctorbooktest.FaultKind) bool {
	switch kind {
	case NoNumber, OtherID:
		return e.makes
	case ReadNull, ReadEmpty, ReadError:
		return e.list
	}
	return slices.Contains(faultKinds, kind)
}
