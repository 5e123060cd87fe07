package backend_test

// row is what comes of one recorded request.
type row struct {
	n      int
	call   string
	status int
	reads  string // what the platform's class takes from the answer, or does about a refusal
	sits   bool   // its attempt is one of those that later requests name
}

const (
	signedIn   = "a token for 3540 s"
	notSigned  = "RequestException"
	unsigned   = "no URL, no texts"
	settings   = "https://exams.example.org/, A"
	settingsFR = "https://exams.example.org/, Cet"
	setUp      = "https://exams.example.org/setup?attempt, A"
	setUpFR    = "https://exams.example.org/setup?attempt, Cet"
	own        = "the platform's own data"
	staff503   = "503 to the staff"
	ruleTitles = `{"rules":{"allow_notes":"Allow paper notes"}}`
	noPages    = "a browser shows: The proctoring service has no pages for the staff of a course."
	once       = "a browser shows: This link has been used, and opens once."
	forged     = "a browser shows: This link is not valid."
	noExam     = "BackendProviderCannotRegisterAttempt: The proctoring service does not know this exam or attempt. Please tell the support of your learning platform."
)

// replayed says of each recorded request how it is answered. What is not answered by a
// 200 is a refusal.
var replayed = []row{
	// A course is set up, two learners register, and staff reset them.
	{1, "token", 200, signedIn, false},
	{2, "exam", 200, "exam 1", false},
	{3, "exam", 200, "exam 1", false},
	{4, "exam", 200, "exam 2", false},
	{5, "exam", 200, "exam 2", false},
	{6, "exam", 200, "exam 1", false},
	{7, "register", 200, "attempt 1", true},
	{8, "register", 200, "attempt 2", true},
	{9, "config", 200, settings, false},
	{10, "remove", 200, "true", false},
	{11, "remove", 200, "true", false},

	// The same once more, by a platform that has forgotten its ids.
	{12, "token", 200, signedIn, false},
	{13, "exam", 200, "exam 1", false},
	{14, "exam", 200, "exam 1", false},
	{15, "exam", 200, "exam 2", false},
	{16, "exam", 200, "exam 2", false},
	{17, "exam", 200, "exam 1", false},
	{18, "register", 200, "attempt 3", true},
	{19, "register", 200, "attempt 4", true},
	{20, "config", 200, settings, false},
	{21, "remove", 200, "true", false},
	{22, "remove", 200, "true", false},

	// The same, and pages about onboarding, which is not served.
	{23, "token", 200, signedIn, false},
	{24, "exam", 200, "exam 1", false},
	{25, "exam", 200, "exam 1", false},
	{26, "exam", 200, "exam 2", false},
	{27, "exam", 200, "exam 2", false},
	{28, "exam", 200, "exam 1", false},
	{29, "register", 200, "attempt 5", true},
	{30, "register", 200, "attempt 6", true},
	{31, "onboarding", 404, own, false},
	{32, "onboarding list", 404, staff503, false},
	{33, "config", 200, settings, false},
	{34, "onboarding", 404, own, false},
	{35, "onboarding", 404, own, false},
	{36, "onboarding list", 404, staff503, false},
	{37, "onboarding list", 404, staff503, false},
	{38, "remove", 200, "true", false},
	{39, "remove", 200, "true", false},

	// A course with many learners.
	{40, "exam", 200, "exam 3", false},
	{41, "exam", 200, "exam 3", false},
	{42, "onboarding list", 404, staff503, false},
	{43, "onboarding list", 404, staff503, false},
	{44, "onboarding list", 404, staff503, false},

	// A wrong secret, then the right one.
	{45, "token", 401, notSigned, false},
	{46, "token", 200, signedIn, false},

	// Settings in French, with a default language behind it, and in English.
	{47, "config", 200, settingsFR, false},
	{48, "config", 200, settings, false},
	{49, "config", 200, settings, false},

	// One exam created twice, changed, switched off and on; an onboarding exam.
	{50, "exam", 200, "exam 4", false},
	{51, "exam", 200, "exam 4", false},
	{52, "exam", 200, "exam 4", false},
	{53, "exam", 200, "exam 4", false},
	{54, "exam", 200, "exam 4", false},
	{55, "exam", 200, "exam 5", false},

	// By the platform's own number.
	{56, "exam number", 200, ruleTitles, false},
	{57, "exam number", 200, ruleTitles, false},

	// One learner twice, another, and an exam that is none of ours.
	{58, "register", 200, "attempt 7", true},
	{59, "register", 200, "attempt 7", false},
	{60, "register", 200, "attempt 8", true},
	{61, "register", 404, noExam, false},

	// Set-up, start, submission, an error, all of them twice; removed twice, and looked at after that.
	{62, "attempt", 200, setUpFR, false},
	{63, "started", 200, "started", false},
	{64, "started", 200, "started", false},
	{65, "attempt", 200, setUp, false},
	{66, "submitted", 200, "submitted", false},
	{67, "submitted", 200, "submitted", false},
	{68, "error", 200, "error", false},
	{69, "remove", 200, "true", false},
	{70, "remove", 200, "true", false},
	{71, "attempt", 404, "no texts, no URL", false},
	{72, "attempt", 404, "no texts, no URL", false},

	// Retirement of one who was here, and of one who never was.
	{73, "retire", 200, "true", false},
	{74, "retire", 200, "true", false},
	{75, "retire", 200, "true", false},

	// Onboarding again.
	{76, "onboarding", 404, own, false},
	{77, "onboarding list", 404, staff503, false},
	{78, "onboarding list", 404, staff503, false},

	// A dashboard link; the same again; one that somebody else has signed.
	{79, "dashboard", 200, noPages, false},
	{80, "dashboard", 403, once, false},
	{81, "dashboard", 403, forged, false},

	// Without a token, and with one that is none.
	{82, "config", 401, unsigned, false},
	{83, "config", 401, unsigned, false},

	// The attempt in which an error was reported goes on.
	{84, "attempt", 200, setUp, false},

	// A whole sitting, until the exam is no longer proctored.
	{85, "token", 200, signedIn, false},
	{86, "exam", 200, "exam 6", false},
	{87, "exam", 200, "exam 6", false},
	{88, "exam", 200, "exam 6", false},
	{89, "config", 200, settings, false},
	{90, "register", 200, "attempt 9", true},
	{91, "attempt", 200, setUp, false},
	{92, "started", 200, "started", false},
	{93, "submitted", 200, "submitted", false},
	{94, "remove", 200, "true", false},
	{95, "exam", 200, "exam 6", false},

	// The same by the fake platform of package edxtest, whose requests differ by no more than spaces.
	{96, "token", 200, signedIn, false},
	{97, "exam", 200, "exam 7", false},
	{98, "exam", 200, "exam 7", false},
	{99, "exam", 200, "exam 7", false},
	{100, "register", 200, "attempt 10", true},
	{101, "started", 200, "started", false},
	{102, "submitted", 200, "submitted", false},
	{103, "register", 200, "attempt 11", false},
	{104, "remove", 200, "true", false},
	{105, "dashboard", 200, noPages, false},

	// Registrations to which the recorder gave odd answers.
	{106, "exam", 200, "exam 8", false},
	{107, "exam", 200, "exam 8", false},
	{108, "register", 200, "attempt 12", false},
	{109, "exam", 200, "exam 9", false},
	{110, "exam", 200, "exam 9", false},
	{111, "register", 200, "attempt 13", false},
	{112, "exam", 200, "exam 10", false},
	{113, "exam", 200, "exam 10", false},
	{114, "register", 200, "attempt 14", false},
	{115, "exam", 200, "exam 11", false},
	{116, "exam", 200, "exam 11", false},
	{117, "register", 200, "attempt 15", false},
	{118, "exam", 200, "exam 12", false},
	{119, "exam", 200, "exam 12", false},
	{120, "register", 200, "attempt 16", false},
	{121, "exam", 200, "exam 13", false},
	{122, "exam", 200, "exam 13", false},
	{123, "register", 200, "attempt 17", false},
	{124, "exam", 200, "exam 14", false},
	{125, "exam", 200, "exam 14", false},
	{126, "register", 200, "attempt 18", false},
	{127, "exam", 200, "exam 15", false},
	{128, "exam", 200, "exam 15", false},
	{129, "register", 200, "attempt 19", false},
	{130, "exam", 200, "exam 16", false},
	{131, "exam", 200, "exam 16", false},
	{132, "register", 200, "attempt 20", false},

	// Exams to which the recorder gave odd answers: an id beside a 500, none, a number.
	{133, "exam", 200, "exam 17", false},
	{134, "exam", 200, "exam 17", false},
	{135, "exam", 200, "exam 18", false},
	{136, "exam", 200, "exam 19", false},
	{137, "exam", 200, "exam 20", false},
	{138, "exam", 200, "exam 20", false},
	{139, "exam", 200, "exam 21", false},

	// A sitting of which the recorder answered the end oddly.
	{140, "exam", 200, "exam 22", false},
	{141, "exam", 200, "exam 22", false},
	{142, "register", 200, "attempt 21", true},
	{143, "config", 200, settings, false},
	{144, "config", 200, settings, false},
	{145, "started", 200, "started", false},
	{146, "submitted", 200, "submitted", false},
	{147, "submitted", 200, "submitted", false},
	{148, "token", 200, signedIn, false},
	{149, "token", 200, signedIn, false},
	{150, "token", 200, signedIn, false},
	{151, "submitted", 200, "submitted", false},
	{152, "remove", 200, "true", false},

	// A course is set up once more.
	{153, "token", 200, signedIn, false},
	{154, "exam", 200, "exam 1", false},
	{155, "exam", 200, "exam 1", false},
	{156, "exam", 200, "exam 2", false},
	{157, "exam", 200, "exam 2", false},
	{158, "exam", 200, "exam 1", false},
	{159, "register", 200, "attempt 22", false},
	{160, "register", 200, "attempt 23", false},
}
