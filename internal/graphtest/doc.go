// Package graphtest is a tenant for tests: it emulates the part of Microsoft Graph (beta) that manages hardware OATH
// tokens, and the login authority that hands out tokens for it. It refuses what Graph refuses, answers in Graph's
// shapes, and fails a test aloud when a client asks for something that neither it nor the documentation knows.
//
// The API is in beta and its pages contradict each other. Every behaviour below names its source and how sure it is:
// doc is an official page or official metadata, user was seen by somebody in public, sdk is library source, rfc is a
// standard, and guess is nothing but inference. Where another answer is as likely, there is a [Quirk] for it. The keys of the sources:
//
//	D-res     resources/hardwareoathtokenauthenticationmethoddevice
//	D-post    api/authenticationmethoddevice-post-hardwareoathdevices
//	D-bulk    api/authenticationmethoddevice-update
//	D-list    api/authenticationmethoddevice-list-hardwareoathdevices
//	D-get     api/hardwareoathtokenauthenticationmethoddevice-get
//	D-upd     api/hardwareoathtokenauthenticationmethoddevice-update
//	D-del     api/authenticationmethoddevice-delete-hardwareoathdevices
//	D-mlist   api/authentication-list-hardwareoathmethods
//	D-mget    api/hardwareoathauthenticationmethod-get
//	D-mpost   api/authentication-post-hardwareoathmethods
//	D-mdel    api/authentication-delete-hardwareoathmethods
//	D-act     api/hardwareoathauthenticationmethod-activate
//	D-deact   api/hardwareoathauthenticationmethod-deactivate
//	D-aa      api/hardwareoathauthenticationmethod-assignandactivate
//	D-aas     api/hardwareoathauthenticationmethod-assignandactivatebyserialnumber
//	D-put     api/hardwareoathtokenauthenticationmethoddevice-put-assignto
//	E-con     entra: concept-authentication-oath-tokens
//	E-how     entra: how-to-mfa-manage-oath-tokens
//	E-csv     entra: how-to-mfa-upload-oath-tokens
//	E-draft   entra: an older draft of E-con
//	CSDL      the metadata of beta
//	G-err     concepts/errors
//	G-batch   concepts/json-batching
//	G-dep     concepts/deployments
//	G-thr     concepts/throttling
//	U-…       public scripts of users
//
// # Behaviours
//
// Each row is behaviour | source | tag | test.
//
//	create answers 201 with a flat entity, its context and a null secretKey | D-post, E-how | doc | TestCreate_answersFlatEntity
//	create needs serialNumber, manufacturer, model, secretKey and timeIntervalInSeconds | D-post, CSDL | doc | TestCreate_refuses
//	timeIntervalInSeconds is the number 30 or 60 | D-res | doc | TestCreate_refuses
//	hashFunction is hmacsha1 (the default) or hmacsha256 | D-res, CSDL | doc | TestCreate_refuses
//	hashFunction is taken in any casing | E-draft | user | TestCreate_takesAnyCasingOfHash
//	secretKey is a-z, A-Z, 2-7, without padding, at most 128 characters, of any length | E-csv, U-mike | doc | TestCreate_refuses
//	an illegal character is named, the secret is not | Q&A 902411 | user | TestCreate_refuses
//	id, status, assignedTo and lastUsedDateTime can't be set | D-post | guess | TestCreate_refuses
//	the serial number is unique, refused with 400 badRequest | U-carl | guess | TestCreate_refusesDuplicate
//	a legacy token may have the serial number of another | E-how | doc | TestLegacy
//	create with assignTo assigns, which needs a second permission | D-post, E-draft | doc | TestCreate_withAssignTo
//	assignTo takes an object id, not a user principal name | E-draft | doc | TestCreate_withAssignTo
//	a new token may stay invisible for a while, its serial number is taken at once | U-carl, U-ve | user | TestVisibilityDelay
//	a deleted token may stay readable for a while, its serial number stays taken | U-carl | guess | TestDeletionDelay
//	the list supports $filter, $select and $top, and pages with nextLink | D-list, U-carl | doc | TestList_pages
//	a page has at most 1000 items | U-carl | user | TestList_defaultPageSize
//	$top is the size of a page | D-list | guess | TestList_pages
//	$filter takes eq on the properties of D-res, joined with and | D-res, D-list | doc | TestList_filters
//	$filter on the holder is assignedTo/id eq | D-res | guess | TestList_filters
//	list items are flat | U-carl, U-token2 | user | TestList_filters
//	list answers in order of creation | none | guess | TestList_pages
//	other query options fail aloud | D-list, D-get | doc | TestUnsupported_isLoud
//	unknown routes, properties and filter properties fail aloud | none | guess | TestUnsupported_isLoud
//	GET of a device answers the flat entity, 404 for an unknown id | D-get, U-josh | user | TestGet
//	update changes displayName, manufacturer, model, timeIntervalInSeconds and hashFunction, and answers 204 | D-upd | doc | TestUpdate
//	update of anything else is refused | D-upd | doc | TestUpdate
//	update is refused while the token is assigned | D-upd | doc | TestUpdate
//	delete answers 204, then 404 | D-del | doc | TestDelete
//	delete is refused while the token is assigned | D-del | doc | TestDelete
//	refusals of assigned tokens are 400 badRequest | none | guess | TestUpdate
//	bulk create answers 201 with flat items | D-bulk | doc | TestBulk_creates
//	bulk create takes the interval as a string, and contentId is optional | D-bulk, U-carl | doc | TestBulk_creates
//	bulk create makes nothing when one item is refused | none | guess | TestBulk_failure
//	bulk create takes any number of items and a body of any size | none | guess | TestBulk_thousands
//	the context of bulk create must be #$delta | D-bulk | doc | TestBulk_failure
//	a user's methods carry the device inline, and its id | D-mlist, U-pbi | doc | TestMethods_listAndGet
//	a user is named by object id or user principal name | U-token2, E-how | doc | TestMethods_listAndGet
//	an unknown user is 404 Request_ResourceNotFound | G-err for the status | user | TestMethods_listAndGet
//	GET of a method answers flat | D-mget | guess | TestMethods_listAndGet
//	assign answers 201 with id and createdDateTime | D-mpost | doc | TestAssign
//	a token has one holder | E-con | doc | TestAssign
//	guests can't hold a token | E-csv | doc | TestAssign
//	a user holds at most five tokens | E-csv | doc | TestAssign
//	PUT assignTo/$ref assigns and answers 204; both users must be one | D-put | guess | TestAssignByRef
//	unassign answers 204 and returns the token to the inventory | D-mdel, E-con | doc | TestUnassign
//	activate checks an RFC 6238 code of six digits and answers 204 | D-act, RFC 6238 | doc | TestActivate
//	a code may be off by one day (30 s) or two days (60 s) | E-con | doc | TestActivate_window
//	a wrong code is refused with 400 and sets failedActivation, and may be tried again | CSDL | guess | TestActivate
//	activate may set displayName | D-act | doc | TestActivate
//	deactivate answers 204 and leaves the token assigned | D-deact | doc | TestDeactivate
//	deactivate of a token that is not activated is refused | none | guess | TestDeactivate
//	assignAndActivate does both and answers 204 | D-aa | doc | TestAssignAndActivate
//	assignAndActivate takes a token that the same user holds | U-mike | user | TestAssignAndActivate
//	assignAndActivate with a wrong code leaves the token assigned | none | guess | TestAssignAndActivate
//	assignAndActivateBySerialNumber finds the token by its serial number | D-aas | doc | TestAssignAndActivate
//	legacy tokens are among a user's methods and not in the inventory | E-how | doc | TestLegacy
//	a legacy token can be unassigned, and deleted once it is | E-how | doc | TestLegacy
//	a legacy token can't be assigned, activated or deactivated | E-csv | guess | TestLegacy
//	the hardwareOath policy can be read and written | E-how, U-ve | doc | TestPolicy
//	while the policy is disabled everything still works | none | guess | TestPolicy
//	a user answers id, displayName and userPrincipalName | resources/user | doc | TestUser
//	path segments are taken in any casing | E-how | doc | TestRouting
//	the types exist in beta only, v1.0 answers 404 | CSDL | doc | TestRouting
//	errors have code, message and innerError with date, request-id and client-request-id | G-err, G-batch | doc | TestEnvelope
//	answers carry Date, request-id and client-request-id | G-err | doc | TestEnvelope
//	request bodies must be JSON, not compressed | none | guess | TestEnvelope
//	a batch has at most 20 items with unique ids, each answered on its own | G-batch | doc | TestBatch
//	an item that depends on a failed one is 424 | G-batch | doc | TestBatch
//	items of a batch are throttled one by one | G-batch, G-thr | doc | TestBatch_faults
//	without a good token the answer is 401 InvalidAuthenticationToken with a challenge | G-err for the status | user | TestAuthentication
//	without a permission of the tables the answer is 403 Authorization_RequestDenied | G-batch, U-token2 | doc | TestPermissions
//	UserAuthMethod-HardwareOATH permissions do as well | what's new 2025-10 | doc | TestPermissions
//	client credentials work with a secret, a certificate or a federated assertion | RFC 6749, RFC 7523 | rfc | TestCredentials
//	azidentity gets a token by all three ways | azidentity | sdk | TestAzidentity
//	refusals of the login authority have the AADSTS form | azidentity | sdk | TestCredentials_refusals
//	discovery answers instance, configuration and keys | OpenID Connect Discovery | rfc | TestDiscovery
//
// # What it does not do
//
// Throttling happens only by [Fault]. Sign-in, self-service enrolment, /me, administrative units, roles of people and the
// deletion of users are absent. Tokens learn nothing from drift: every code within the window is good, so about one random
// code of 170 is right; [Server.WrongCode] gives one that is not.
package graphtest
