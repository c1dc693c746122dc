/**
 * The operations that run without asking, with every option that they take: `name!` takes nothing, `name*` a list, the
 * others one value. Written by scripts/aws-table.py from the models of the AWS CLI, then reviewed; s3 and configure by hand.
 */
export const LISTED = `
configure list:
s3 ls: recursive! human-readable! summarize! request-payer
s3 presign: expires-in
ec2 describe-instances: dry-run! include-managed-resources! no-dry-run! no-include-managed-resources! max-results next-token filters* instance-ids*
ec2 describe-instance-status: dry-run! include-all-instances! include-managed-resources! no-dry-run! no-include-all-instances! no-include-managed-resources!
  max-results next-token filters* instance-ids*
ec2 describe-instance-types: dry-run! include-unsupported-in-region! no-dry-run! no-include-unsupported-in-region! max-results next-token filters*
  instance-types*
ec2 describe-images: dry-run! include-deprecated! include-disabled! no-dry-run! no-include-deprecated! no-include-disabled! max-results next-token
  executable-users* filters* image-ids* owners*
ec2 describe-volumes: dry-run! include-managed-resources! no-dry-run! no-include-managed-resources! max-results next-token filters* volume-ids*
ec2 describe-snapshots: dry-run! no-dry-run! max-results next-token filters* owner-ids* restorable-by-user-ids* snapshot-ids*
ec2 describe-vpcs: dry-run! no-dry-run! max-results next-token filters* vpc-ids*
ec2 describe-subnets: dry-run! no-dry-run! max-results next-token filters* subnet-ids*
ec2 describe-route-tables: dry-run! no-dry-run! max-results next-token filters* route-table-ids*
ec2 describe-security-groups: dry-run! no-dry-run! max-results next-token filters* group-ids* group-names*
ec2 describe-security-group-rules: dry-run! no-dry-run! max-results next-token filters* security-group-rule-ids*
ec2 describe-network-interfaces: dry-run! include-managed-resources! no-dry-run! no-include-managed-resources! max-results next-token filters*
  network-interface-ids*
ec2 describe-network-acls: dry-run! no-dry-run! max-results next-token filters* network-acl-ids*
ec2 describe-nat-gateways: dry-run! no-dry-run! max-results next-token filter* nat-gateway-ids*
ec2 describe-internet-gateways: dry-run! no-dry-run! max-results next-token filters* internet-gateway-ids*
ec2 describe-vpc-endpoints: dry-run! no-dry-run! max-results next-token filters* vpc-endpoint-ids*
ec2 describe-addresses: dry-run! no-dry-run! allocation-ids* filters* public-ips*
ec2 describe-availability-zones: all-availability-zones! dry-run! no-all-availability-zones! no-dry-run! filters* zone-ids* zone-names*
ec2 describe-regions: all-regions! dry-run! no-all-regions! no-dry-run! filters* region-names*
ec2 describe-tags: dry-run! no-dry-run! max-results next-token filters*
ec2 describe-launch-templates: dry-run! include-managed-resources! no-dry-run! no-include-managed-resources! max-results next-token filters*
  launch-template-ids* launch-template-names*
ec2 describe-flow-logs: dry-run! no-dry-run! max-results next-token filter* flow-log-ids*
s3api list-buckets: bucket-region continuation-token max-buckets prefix
s3api list-objects: bucket delimiter encoding-type expected-bucket-owner marker max-keys prefix request-payer optional-object-attributes*
s3api list-objects-v2: fetch-owner! no-fetch-owner! bucket continuation-token delimiter encoding-type expected-bucket-owner max-keys prefix request-payer
  start-after optional-object-attributes*
s3api head-object: bucket checksum-mode expected-bucket-owner if-match if-modified-since if-none-match if-unmodified-since key part-number range request-payer
  response-cache-control response-content-disposition response-content-encoding response-content-language response-content-type response-expires
  sse-customer-algorithm sse-customer-key sse-customer-key-md5 version-id
s3api head-bucket: bucket expected-bucket-owner
s3api get-bucket-location: bucket expected-bucket-owner
s3api get-bucket-versioning: bucket expected-bucket-owner
s3api get-bucket-encryption: bucket expected-bucket-owner
s3api get-bucket-tagging: bucket expected-bucket-owner
s3api get-bucket-lifecycle-configuration: bucket expected-bucket-owner
s3api get-public-access-block: bucket expected-bucket-owner
cloudwatch describe-alarms: action-prefix alarm-name-prefix children-of-alarm-name max-records next-token parents-of-alarm-name state-value alarm-names*
  alarm-types*
cloudwatch describe-alarm-history: alarm-contributor-id alarm-name end-date history-item-type max-records next-token scan-by start-date alarm-types*
cloudwatch get-metric-data: end-time label-options max-datapoints next-token scan-by start-time metric-data-queries*
cloudwatch get-metric-statistics: end-time metric-name namespace period start-time unit dimensions* extended-statistics* statistics*
cloudwatch list-metrics: include-linked-accounts! no-include-linked-accounts! metric-name namespace next-token owning-account recently-active dimensions*
cloudwatch list-dashboards: dashboard-name-prefix next-token
cloudwatch get-dashboard: dashboard-name
logs describe-log-groups: include-linked-accounts! no-include-linked-accounts! limit log-group-class log-group-name-pattern log-group-name-prefix next-token
  account-identifiers* log-group-identifiers*
logs describe-log-streams: descending! no-descending! limit log-group-identifier log-group-name log-stream-name-prefix next-token order-by
logs filter-log-events: interleaved! no-interleaved! no-unmask! unmask! end-time filter-pattern limit log-group-identifier log-group-name
  log-stream-name-prefix next-token start-time log-stream-names*
logs get-log-events: no-start-from-head! no-unmask! start-from-head! unmask! end-time limit log-group-identifier log-group-name log-stream-name next-token
  start-time
logs start-query: end-time limit log-group-name query-language query-string start-time log-group-identifiers* log-group-names*
logs get-query-results: next-token query-id
rds describe-db-instances: db-instance-identifier marker max-records filters*
rds describe-db-clusters: include-shared! no-include-shared! db-cluster-identifier marker max-records filters*
rds describe-db-snapshots: include-public! include-shared! no-include-public! no-include-shared! db-instance-identifier db-snapshot-identifier dbi-resource-id
  marker max-records snapshot-type filters*
rds describe-events: duration end-time marker max-records source-identifier source-type start-time event-categories* filters*
ecs list-clusters: max-results next-token
ecs list-services: cluster launch-type max-results next-token resource-management-type scheduling-strategy
ecs list-tasks: cluster container-instance daemon-name desired-status family launch-type max-results next-token service-name started-by
ecs describe-clusters: clusters* include*
ecs describe-services: cluster include* services*
eks list-clusters: max-results next-token include*
eks list-nodegroups: cluster-name max-results next-token
eks list-addons: cluster-name max-results next-token
eks describe-cluster: name
eks describe-nodegroup: cluster-name nodegroup-name
elbv2 describe-load-balancers: marker load-balancer-arns* names*
elbv2 describe-target-groups: load-balancer-arn marker names* target-group-arns*
elbv2 describe-target-health: target-group-arn include* targets*
elbv2 describe-listeners: load-balancer-arn marker listener-arns*
elbv2 describe-rules: listener-arn marker rule-arns*
autoscaling describe-auto-scaling-groups: include-instances! no-include-instances! max-records next-token auto-scaling-group-names* filters*
autoscaling describe-scaling-activities: include-deleted-groups! no-include-deleted-groups! auto-scaling-group-name max-records next-token activity-ids*
  filters*
lambda list-aliases: function-name function-version marker
lambda list-event-source-mappings: event-source-arn function-name marker
lambda get-function-concurrency: function-name
lambda get-account-settings:
dynamodb list-tables: exclusive-start-table-name limit
dynamodb describe-table: table-name
dynamodb describe-time-to-live: table-name
dynamodb get-item: consistent-read! no-consistent-read! expression-attribute-names key projection-expression return-consumed-capacity table-name
  attributes-to-get*
dynamodb query: consistent-read! no-consistent-read! no-scan-index-forward! scan-index-forward! conditional-operator exclusive-start-key
  expression-attribute-names expression-attribute-values filter-expression index-name key-condition-expression key-conditions limit projection-expression
  query-filter return-consumed-capacity select table-name attributes-to-get*
dynamodb scan: consistent-read! no-consistent-read! conditional-operator exclusive-start-key expression-attribute-names expression-attribute-values
  filter-expression index-name limit projection-expression return-consumed-capacity scan-filter segment select table-name total-segments attributes-to-get*
sqs list-queues: max-results next-token queue-name-prefix
sqs get-queue-url: queue-name queue-owner-aws-account-id
sqs get-queue-attributes: queue-url attribute-names*
sns list-topics: next-token
sns list-subscriptions: next-token
sns get-topic-attributes: topic-arn
iam list-users: marker path-prefix
iam list-groups: marker path-prefix
iam list-policies: no-only-attached! only-attached! marker path-prefix policy-usage-filter scope
iam get-policy: policy-arn
iam get-policy-version: policy-arn version-id
iam get-account-summary:
cloudformation list-stacks: next-token stack-status-filter*
cloudformation list-stack-resources: next-token stack-name
cloudformation describe-stack-events: next-token stack-name
cloudformation describe-stack-resources: logical-resource-id physical-resource-id stack-name
route53 list-hosted-zones: delegation-set-id hosted-zone-type marker
route53 list-resource-record-sets: hosted-zone-id start-record-identifier start-record-name start-record-type
acm list-certificates: includes next-token sort-by sort-order certificate-statuses*
acm describe-certificate: certificate-arn
cloudtrail lookup-events: end-time event-category max-results next-token start-time lookup-attributes*
ce get-cost-and-usage: billing-view-arn filter granularity next-page-token time-period group-by* metrics*
ce get-cost-forecast: billing-view-arn filter granularity metric prediction-interval-level time-period
ecr describe-repositories: max-results next-token registry-id repository-names*
ecr list-images: filter max-results next-token registry-id repository-name
ecr describe-images: filter max-results next-token registry-id repository-name image-ids*
ecr describe-image-scan-findings: image-id max-results next-token registry-id repository-name
codepipeline list-pipelines: max-results next-token
codepipeline get-pipeline-state: name
codepipeline list-pipeline-executions: filter max-results next-token pipeline-name
events list-rules: event-bus-name limit name-prefix next-token
events describe-rule: event-bus-name name
athena get-query-execution: query-execution-id
athena get-query-results: max-results next-token query-execution-id query-result-type
`;

/** Operations whose last word is a file that they write; it must be standard output. */
export const WRITING_FILES = `
apigateway: get-export get-sdk
apigatewayv2: export-api
appconfig: create-hosted-configuration-version get-configuration get-hosted-configuration-version
appconfigdata: get-latest-configuration
appsync: get-introspection-schema
bedrock-agentcore: invoke-agent-runtime
bedrock-runtime: invoke-model
cloudfront: get-connection-function get-function
codeartifact: get-package-version-asset
codeguruprofiler: get-profile
datazone: get-lineage-event
ebs: get-snapshot-block
geo-maps: get-glyphs get-sprites get-static-map get-style-descriptor get-tile
glacier: get-job-output
iam: create-virtual-mfa-device
iot-data: delete-thing-shadow get-thing-shadow update-thing-shadow
iotwireless: get-position-estimate get-resource-position
kinesis-video-archived-media: get-clip get-media-for-fragment-list
kinesis-video-media: get-media
lakeformation: get-work-unit-results
lambda: invoke
lex-runtime: post-content put-session
lexv2-runtime: put-session recognize-utterance
location: get-map-glyphs get-map-sprites get-map-style-descriptor get-map-tile
medialive: describe-input-device-thumbnail
mediastore-data: get-object
medical-imaging: get-image-frame get-image-set-metadata
neptune-graph: execute-query
neptunedata: execute-gremlin-explain-query execute-gremlin-profile-query execute-open-cypher-explain-query
omics: get-read-set get-reference
polly: synthesize-speech
runtime.sagemaker: invoke-endpoint
s3api: get-object get-object-torrent select-object-content
sagemaker-geospatial: get-tile
sagemaker-runtime: invoke-endpoint
schemas: get-code-binding-source
tnb: get-sol-function-package-content get-sol-function-package-descriptor get-sol-network-package-content get-sol-network-package-descriptor
workmailmessageflow: get-raw-message-content
`;
